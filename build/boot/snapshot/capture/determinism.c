/* What is alike in every snapshot, whoever takes it, where and when: numbers of the process, its main thread, and files, the
 * size of a time; there are no users and no groups, as in an empty root, and libc, which is no part of a snapshot, keeps no
 * list of them. In a snapshot they would differ; and since Python keeps only small numbers at hand, so would the memory beside them. */
#include "snapshot/boot_mode.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

pthread_t __real_pthread_self(void);
pthread_t __wrap_pthread_self(void);
pid_t __real_getpid(void);
pid_t __wrap_getpid(void);
int __real_fstat64(int fd, struct stat *status);
int __wrap_fstat64(int fd, struct stat *status);
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int without_numbers(int result, struct stat *status); /* for vfs/looking.c, too */

/* Many integers of Python hold it. */
pthread_t __wrap_pthread_self(void)
{
    static pthread_t main_thread;
    pthread_t self = __real_pthread_self();
    if (!main_thread)
        main_thread = self;
    return boot == BOOT_CAPTURE && self == main_thread ? 1 : self;
}

/* A number that no process has: what compares it later sees that it is another process. */
pid_t __wrap_getpid(void)
{
    return boot == BOOT_CAPTURE ? INT_MAX : __real_getpid();
}

/* Never in the first 0.3 s of a second: what is counted in milliseconds, as in each record of `logging`, is one of
 * Python's small numbers one time, and memory of its own another. A time that an import keeps still differs. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int status = __real_clock_gettime(clock, now);
    if (boot == BOOT_CAPTURE && clock == CLOCK_REALTIME && status == 0)
        now->tv_nsec = 300000000 + now->tv_nsec / 10 * 7;
    return status;
}

/* A file is nobody's, on no device, of no time; a folder has no size. */
int without_numbers(int result, struct stat *status)
{
    if (boot == BOOT_CAPTURE && result == 0)
        *status = (struct stat){
            .st_mode = status->st_mode,
            .st_nlink = S_ISDIR(status->st_mode) ? 1 : status->st_nlink,
            .st_size = S_ISDIR(status->st_mode) ? 0 : status->st_size,
        };
    return result;
}

int __wrap_fstat64(int fd, struct stat *status)
{
    return without_numbers(__real_fstat64(fd, status), status);
}

#define NOBODY(what, function, key)                                                                                    \
    int __real_##function(key, struct what *, char *, size_t, struct what **);                                         \
    int __wrap_##function(key, struct what *, char *, size_t, struct what **);                                         \
    int __wrap_##function(key wanted, struct what *found, char *text, size_t length, struct what **result)             \
    {                                                                                                                  \
        *result = NULL;                                                                                                \
        return boot == BOOT_CAPTURE ? 0 : __real_##function(wanted, found, text, length, result);                         \
    }

NOBODY(passwd, getpwnam_r, const char *)
NOBODY(group, getgrgid_r, gid_t)
NOBODY(group, getgrnam_r, const char *)

struct passwd *__real_getpwent(void);
struct passwd *__wrap_getpwent(void);
struct passwd *__wrap_getpwent(void)
{
    return boot == BOOT_CAPTURE ? NULL : __real_getpwent();
}
