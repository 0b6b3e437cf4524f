/* Who started threads, while the process is captured: a snapshot holds none, and the message names the library that left
 * some running. */
#include "portable/program/capture.h"
#include "portable/program/threads.h"
#include "vfs/files.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { STARTERS_MAX = 16 };

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

ANSWER(int, pthread_create)
(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *argument)
{
    static __typeof__(pthread_create) *libc;
    if (!libc)
        libc = NEXT(pthread_create);
    if (CAPTURING)
        note((const void *)function);
    return libc(thread, attributes, function, argument);
}

const char *threads_started_by(void)
{
    static char text[STARTERS_MAX * 66];
    text[0] = 0;
    for (unsigned i = 0; i < STARTERS_MAX && starters[i][0]; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? ", " : "", starters[i]);
    return text;
}
