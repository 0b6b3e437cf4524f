/* Threads that an import starts, in the static link, where all are Python's: snapshot/threads/turns.c has them take turns. What
 * libc allocates for them is not in the snapshot: libc keeps it for the next thread, with addresses of its own. */
#include "snapshot/capture/started.h"

#include "shared/answer.h"
#include "snapshot/boot_mode.h"
#include "snapshot/threads/turns.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS_MAX = 256 };

static struct start {
    void *(*function)(void *);
    void *argument;
    bool may_go;
} starts[THREADS_MAX];

static bool is_starting;

bool started_allocates(void)
{
    return is_starting;
}

static void *begin(void *argument)
{
    const struct start *start = argument;
    while (!__atomic_load_n(&start->may_go, __ATOMIC_SEQ_CST))
        sched_yield();
    turns_count(true);
    void *result = start->function(start->argument);
    turns_count(false);
    return result;
}

ANSWER(int, pthread_create)
(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *argument)
{
    static unsigned count;
    if (boot != BOOT_CAPTURE)
        return NEXT(pthread_create)(thread, attributes, function, argument);
    struct start *start = count < THREADS_MAX ? &starts[count++] : NULL;
    if (start)
        *start = (struct start){.function = function, .argument = argument};
    is_starting = start;
    int problem = NEXT(pthread_create)(thread, attributes, start ? begin : function, start ? (void *)start : argument);
    is_starting = false;
    if (start)
        __atomic_store_n(&start->may_go, true, __ATOMIC_SEQ_CST);
    turns_pass();
    return problem;
}
