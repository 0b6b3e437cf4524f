/* What no snapshot can hold, in either link: it would be lost, or shared by all runs. Build time only. */
#include "interpreter/refusal.h"
#include "snapshot/threads/tasks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    fflush(stderr);
    _exit(EXIT_FAILURE);
}

/* Without libc's functions for folders, which would leave the names in memory that they free. */
static int open_files(void)
{
    static const char path[] = "/proc/self/fd";
    char names[4096] __attribute__((aligned(__alignof__(struct dirent64))));
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
    if (folder < 0)
        refuse("%s cannot be read: %s", path, strerror(errno));
    for (ssize_t length; (length = getdents64(folder, names, sizeof names)) > 0;)
        for (ssize_t at = 0; at < length; count++)
            at += ((struct dirent64 *)(names + at))->d_reclen;
    close(folder);
    explicit_bzero(names, sizeof names); /* a snapshot holds the stack */
    return count - 3; /* . and .., and the folder itself */
}

/* Looks for a tenth of a second at most, or longer while threads would go on if they could: one that takes turns with others
 * has a folder of /proc open now and then (snapshot/threads/tasks.c). */
static int open_files_that_stay(int few)
{
    int files = open_files();
    for (int looks = 0, all = 0; files > few && looks < 100 && all < 30000; looks += !tasks_others_work(), all++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        files = open_files();
    }
    return files;
}

void refuse_what_is_open(int own)
{
    int expected = 3 + own, files = open_files_that_stay(expected);
    if (files > expected)
        refuse("the imports left %d files or sockets open", files - expected);
    if (files < expected)
        refuse("the imports closed a standard stream");
    if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
        refuse("the imports left a child process running");
}
