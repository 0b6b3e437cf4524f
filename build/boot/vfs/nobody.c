/* While a snapshot is captured files are nobody's, on no device, of no time, and there is no user but the own one (users.c)
 * and no group, as in an empty root; libc, which is no part of a static file's snapshot, keeps no list of them. The process
 * itself belongs to number 0, as the files do. Else snapshots would differ by who takes them and where; and since Python
 * keeps only small numbers at hand, so would the memory beside them. See files.h. */
#include "vfs/files.h"
#include "snapshot/boot_mode.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A folder has no size, either. */
int files_without_numbers(int result, struct stat *status)
{
    if (boot == BOOT_CAPTURE && result == 0)
        *status = (struct stat){
            .st_mode = status->st_mode,
            .st_nlink = S_ISDIR(status->st_mode) ? 1 : status->st_nlink,
            .st_size = S_ISDIR(status->st_mode) ? 0 : status->st_size,
        };
    return result;
}

static int stat_open(int fd, struct stat *status)
{
    return files_without_numbers((int)syscall(SYS_fstat, fd, status), status);
}

ANSWER(int, fstat)(int fd, struct stat *status)
{
    return stat_open(fd, status);
}

ANSWER(int, fstat64)(int fd, struct stat64 *status)
{
    return stat_open(fd, (struct stat *)status);
}

#define NOBODY(what, function, key)                                                                                    \
    ANSWER(int, function)(key wanted, struct what *restrict found, char *restrict text, size_t length,                  \
                          struct what **restrict result)                                                                \
    {                                                                                                                  \
        *result = NULL;                                                                                                \
        return boot == BOOT_CAPTURE ? 0 : NEXT(function)(wanted, found, text, length, result);                          \
    }

NOBODY(passwd, getpwnam_r, const char *restrict)
NOBODY(group, getgrgid_r, gid_t)
NOBODY(group, getgrnam_r, const char *restrict)

ANSWER(struct passwd *, getpwent)(void)
{
    return boot == BOOT_CAPTURE ? NULL : NEXT(getpwent)();
}

#define OWN_NUMBER(type, function)                                                                                     \
    ANSWER(type, function)(void)                                                                                       \
    {                                                                                                                  \
        return boot == BOOT_CAPTURE ? 0 : (type)syscall(SYS_##function);                                               \
    }

OWN_NUMBER(uid_t, getuid)
OWN_NUMBER(uid_t, geteuid)
OWN_NUMBER(gid_t, getgid)
OWN_NUMBER(gid_t, getegid)

ANSWER(int, getgroups)(int most, gid_t *groups)
{
    return boot == BOOT_CAPTURE ? 0 : (int)syscall(SYS_getgroups, most, groups);
}
