/* Threads that are started while the process is captured. A snapshot holds none: the message names the library that left
 * some running. Each gets as far as it can before the import goes on, so that both find the same memory in every capture. */
#include "portable/program/capture.h"
#include "portable/program/threads.h"
#include "vfs/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STARTERS_MAX = 16, LOOKS_MOST = 1000 };

static char starters[STARTERS_MAX][64]; /* names of libraries, each once */

static void note(const void *function)
{
    Dl_info info;
    const char *path = dladdr(function, &info) && info.dli_fname ? info.dli_fname : "an unknown library";
    const char *slash = strrchr(path, '/');
    unsigned i = 0;
    path = slash ? slash + 1 : path;
    while (i < STARTERS_MAX && starters[i][0] && strncmp(starters[i], path, sizeof starters[i] - 1))
        i++;
    if (i < STARTERS_MAX)
        snprintf(starters[i], sizeof starters[i], "%s", path);
}

/* How many threads run, or want to; none of libc's memory is used (proc(5), /proc/pid/stat). */
static int running(void)
{
    static char names[4096] __attribute__((aligned(__alignof__(struct dirent64))));
    int folder = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
    for (ssize_t length; folder >= 0 && (length = getdents64(folder, names, sizeof names)) > 0;)
        for (ssize_t at = 0; at < length; at += ((struct dirent64 *)(names + at))->d_reclen) {
            char place[64], about[256] = "";
            snprintf(place, sizeof place, "/proc/self/task/%.20s/stat", ((struct dirent64 *)(names + at))->d_name);
            int file = open(place, O_RDONLY | O_CLOEXEC);
            if (file >= 0 && read(file, about, sizeof about - 1) > 0) {
                const char *name_end = strrchr(about, ')');
                count += name_end && name_end[1] && name_end[2] != 'S';
            }
            if (file >= 0)
                close(file);
        }
    if (folder >= 0)
        close(folder);
    memset(names, 0, sizeof names);
    return count;
}

/* For a fifth of a second at most: one that works on is waited for no longer. */
static void wait_for_the_others(void)
{
    for (int looks = 0, quiet = 0; looks < LOOKS_MOST && quiet < 3; looks++) {
        quiet = running() <= 1 ? quiet + 1 : 0; /* one is whoever looks */
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
}

ANSWER(int, pthread_create)
(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *argument)
{
    static __typeof__(pthread_create) *libc;
    if (!libc)
        libc = NEXT(pthread_create);
    if (CAPTURING)
        note((const void *)function);
    int problem = libc(thread, attributes, function, argument);
    if (CAPTURING)
        wait_for_the_others();
    return problem;
}

const char *threads_started_by(void)
{
    static char text[STARTERS_MAX * 66];
    text[0] = 0;
    for (unsigned i = 0; i < STARTERS_MAX && starters[i][0]; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? ", " : "", starters[i]);
    return text;
}
