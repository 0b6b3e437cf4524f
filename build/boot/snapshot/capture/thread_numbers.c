/* Threads have numbers while a snapshot is captured, in place of the addresses by which libc knows them: so they are the
 * same each time. Many integers of Python hold that of the main thread, which is the first that asks; others are counted as
 * they are started. */
#include "shared/answer.h"
#include "snapshot/boot_mode.h"
#include "snapshot/capture/allocator.h"
#include "snapshot/threads/turns.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

enum { THREADS_MOST = 256 };

/* Those that may still be joined or detached. */
static struct {
    pthread_t number, address; /* no number: nobody's place; no address: it is being started */
} threads[THREADS_MOST];
static pthread_t count;
static __thread pthread_t own;

ANSWER(pthread_t, pthread_self)(void)
{
    if (boot != BOOT_CAPTURE)
        return NEXT(pthread_self)();
    if (!own)
        own = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    return own;
}

static int place_of(pthread_t number)
{
    int place = 0;
    while (place < THREADS_MOST && __atomic_load_n(&threads[place].number, __ATOMIC_SEQ_CST) != number)
        place++;
    return place;
}

static int take_place(pthread_t number)
{
    for (int place = 0; place < THREADS_MOST; place++) {
        pthread_t nobody = 0;
        if (__atomic_compare_exchange_n(&threads[place].number, &nobody, number, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return place;
    }
    return THREADS_MOST;
}

static void give_place(int place)
{
    threads[place].address = 0;
    __atomic_store_n(&threads[place].number, 0, __ATOMIC_SEQ_CST);
}

struct start {
    pthread_t number;
    void *(*function)(void *);
    void *argument;
};

static void *begin(void *given)
{
    struct start start = *(struct start *)given;
    NEXT(free)(given);
    own = start.number;
    return start.function(start.argument);
}

static int start_thread(pthread_t *address, const pthread_attr_t *attributes, struct start start)
{
    struct start *given = NEXT(malloc)(sizeof *given); /* libc's, which is no part of the snapshot */
    if (!given)
        return EAGAIN;
    *given = start;
    allocator_steps_aside(true);
    int problem = NEXT(pthread_create)(address, attributes, begin, given);
    allocator_steps_aside(false);
    if (problem)
        NEXT(free)(given);
    return problem;
}

/* Such threads take turns (snapshot/threads/turns.c). */
ANSWER(int, pthread_create)
(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *argument)
{
    if (boot != BOOT_CAPTURE)
        return NEXT(pthread_create)(thread, attributes, function, argument);
    pthread_t number = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST), address;
    int place = take_place(number);
    if (place == THREADS_MOST)
        return EAGAIN;
    int problem = start_thread(&address, attributes, (struct start){number, function, argument});
    if (problem) {
        give_place(place);
    } else {
        *thread = number;
        __atomic_store_n(&threads[place].address, address, __ATOMIC_SEQ_CST);
    }
    turns_pass();
    return problem;
}

/* For the last time that libc is asked about it. */
static pthread_t take_address(pthread_t number)
{
    int place = boot == BOOT_CAPTURE ? place_of(number) : THREADS_MOST;
    pthread_t address = number;
    if (place == THREADS_MOST)
        return number;
    while (!(address = __atomic_load_n(&threads[place].address, __ATOMIC_SEQ_CST)))
        sched_yield(); /* it may detach itself before whoever starts it goes on */
    give_place(place);
    return address;
}

ANSWER(int, pthread_join)(pthread_t thread, void **result)
{
    return NEXT(pthread_join)(take_address(thread), result);
}

ANSWER(int, pthread_detach)(pthread_t thread)
{
    return NEXT(pthread_detach)(take_address(thread));
}
