/* A line for the own user where /etc/passwd has none, as in an empty root or with a number that an engine has drawn; while a
 * snapshot is captured there is no other user (nobody.c), whatever the machine has. A file of its own: what does not ask for users is linked without those functions of libc. See files.h. */
#include "vfs/files.h"
#include "snapshot/boot_mode.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool there_are_no_others(void)
{
    return boot == BOOT_CAPTURE || aside_is_open();
}

/* As the image's own entry (build/container/image.py). */
static int own_user(uid_t uid, struct passwd *entry, char *buffer, size_t size)
{
    const char *home = getenv("HOME");
    int length = snprintf(buffer, size, "fn%cx%cfn%c/sbin/nologin%c%s", 0, 0, 0, 0, home && *home ? home : "/");
    if (length < 0 || (size_t)length >= size)
        return ERANGE;
    *entry = (struct passwd){.pw_name = buffer, .pw_uid = uid, .pw_gid = getgid()};
    entry->pw_passwd = entry->pw_name + strlen(entry->pw_name) + 1;
    entry->pw_gecos = entry->pw_passwd + strlen(entry->pw_passwd) + 1;
    entry->pw_shell = entry->pw_gecos + strlen(entry->pw_gecos) + 1;
    entry->pw_dir = entry->pw_shell + strlen(entry->pw_shell) + 1;
    return 0;
}

ANSWER(int, getpwuid_r)(uid_t uid, struct passwd *restrict entry, char *restrict buffer, size_t size,
                        struct passwd **restrict found)
{
    *found = NULL;
    int problem = there_are_no_others() ? 0 : NEXT(getpwuid_r)(uid, entry, buffer, size, found);
    if (*found || problem == ERANGE || uid != getuid())
        return problem;
    problem = own_user(uid, entry, buffer, size);
    *found = problem ? NULL : entry;
    return problem;
}

ANSWER(struct passwd *, getpwuid)(uid_t uid)
{
    static struct passwd entry;
    static char buffer[PATH_MAX];
    struct passwd *found = there_are_no_others() ? NULL : NEXT(getpwuid)(uid);
    return found || uid != getuid() || own_user(uid, &entry, buffer, sizeof buffer) ? found : &entry;
}
