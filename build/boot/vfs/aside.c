/* What imports write while a snapshot is captured: their files in the home folder, which is the root then (users.c), and in
 * /tmp are put aside, into a folder of the build's. So they are none of the machine's, each capture begins without those of
 * the one before, and a build can write them whoever does it. See files.h. */
#include "vfs/files.h"
#include "snapshot/boot_mode.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LEAST = 200 }; /* of a descriptor that does not move those that imports get */

static int kept_in = -1; /* the folder; it is open while imports go on */

void aside_begin(const char *name)
{
    mkdir(name, 0777);
    int fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    static const char *const folders[] = {"tmp", "var", "var/tmp"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        mkdirat(fd, folders[i], 0777);
    kept_in = fcntl(fd, F_DUPFD_CLOEXEC, LEAST);
    close(fd);
}

bool aside_is_open(void)
{
    return kept_in >= 0;
}

void aside_end(void)
{
    if (kept_in >= 0)
        close(kept_in);
    kept_in = -1;
}

static bool begins(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

/* A name in the root that begins with a dot, or that the machine does not have, is that of a home folder. */
static bool is_of_home(const char *path)
{
    char first[PATH_MAX];
    struct stat status;
    size_t length = strcspn(path + 1, "/") + 1;
    if (length == 1 || length >= sizeof first || begins(path, "/.") || begins(path, "/.."))
        return false;
    memcpy(first, path, length);
    first[length] = 0;
    return path[1] == '.' || (syscall(SYS_newfstatat, AT_FDCWD, first, &status, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT);
}

struct place aside(int folder, const char *path)
{
    struct place as_is = {folder, path};
    if (kept_in < 0 || !path || *path != '/' || files_is_below(path))
        return as_is;
    while (path[1] == '/')
        path++;
    int before = errno;
    bool is_aside = begins(path, "/tmp") || begins(path, "/var/tmp") || is_of_home(path);
    errno = before;
    return is_aside ? (struct place){kept_in, path + 1} : as_is;
}

bool is_aside(const char *path)
{
    return kept_in >= 0 && aside(-1, path).folder == kept_in;
}
