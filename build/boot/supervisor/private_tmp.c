/* A /tmp of a process's own: empty, in memory, gone with it. Root mounts it in a namespace of mounts; others need one of users
 * as well, in which they stay who they are, and keep none of the rights that it gives. */
#include "supervisor/private_tmp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    int reason = errno;
    if (fd >= 0)
        close(fd);
    errno = reason;
    return done;
}

static bool stay_who_one_is(uid_t user, gid_t group)
{
    char users[64], groups[64];
    snprintf(users, sizeof users, "%u %u 1", user, user);
    snprintf(groups, sizeof groups, "%u %u 1", group, group);
    return write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", users) &&
           write_text("/proc/self/gid_map", groups);
}

static bool give_up_rights(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capset, &header, none) == 0;
}

bool private_tmp_make(void)
{
    uid_t user = geteuid();
    gid_t group = getegid();
    bool is_allowed = unshare(CLONE_NEWNS) == 0;
    if (!is_allowed && (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || !stay_who_one_is(user, group)))
        return false;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0)
        return false;
    return is_allowed || (give_up_rights() && prctl(PR_SET_DUMPABLE, 1) == 0);
}

bool private_tmp_possible(void)
{
    int status = 0;
    pid_t trial = fork();
    if (trial == 0)
        _exit(private_tmp_make() ? 0 : errno & 0x7f);
    if (trial < 0 || waitpid(trial, &status, 0) < 0)
        return false;
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    return !errno;
}
