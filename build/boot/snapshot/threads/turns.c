/* Threads that imports start go on one after the other while a snapshot is captured, so that all find the same memory in
 * every capture. The interpreter's lock is the baton, and each waits for it behind those that came before:
 *
 *   - whoever starts a thread, or wakes one that waits in a lock of Python's or for the interpreter's, goes on when that
 *     one can go no further;
 *   - whoever has waited goes on when no other thread can;
 *   - else the interpreter's lock does not change hands for ten seconds (entry/snapshot/prepare.py).
 *
 * A wait of a thread that an import started lasts longer than it asked for: a timer that is cancelled in time is so on a slow
 * machine, too. */
#include "snapshot/threads/turns.h"

#include "shared/answer.h"
#include "shared/raw_syscall.h"
#include "snapshot/boot_mode.h"
#include "snapshot/threads/tasks.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

enum { WAITING_MOST = 256, LOOKS_MOST = 100000, QUIET_LOOKS = 3, LONGER = 20 };
enum { BETWEEN_LOOKS = 200000, SECOND = 1000000000 }; /* ns */

/* Processor time of others, in ns, for which a thread waits. One that is started may be of a library, and work for long. */
static const int64_t START_MOST = SECOND / 5, TURN_MOST = 60LL * SECOND;

/* The name of a thread that looks at the others: it is known by it to those that look, too, and no snapshot holds it. */
static const char looking[] = "fn: looks";
enum { NAME_ROOM = 16 };

static __thread int threads, running; /* as this thread sees it; those that look do not count as running */

static void count(const char *number)
{
    char about[256];
    tasks_read(number, "stat", about, sizeof about);
    const char *name = strchr(about, '('), *name_end = strrchr(about, ')');
    threads++;
    running += name && name_end[1] && name_end[2] != 'S' && strncmp(name + 1, looking, sizeof looking - 1) != 0;
}

/* Also in the child of a fork, where nobody else will ever have a turn. */
static bool is_alone(void)
{
    threads = 0;
    tasks_each(count);
    return threads <= 1;
}

static int64_t time_of(long clock)
{
    struct timespec now = {0};
    raw_syscall(SYS_clock_gettime, clock, (long)&now, 0, 0, 0, 0); /* libc's tells no time while a snapshot is captured */
    return now.tv_sec * (int64_t)SECOND + now.tv_nsec;
}

static int64_t time_of_others(void)
{
    return time_of(CLOCK_PROCESS_CPUTIME_ID) - time_of(CLOCK_THREAD_CPUTIME_ID);
}

static unsigned pausing; /* threads that will go on, whatever others do */

static void wait_for_others(bool to_rest)
{
    char name[NAME_ROOM];
    int64_t begin = time_of_others();
    raw_syscall(SYS_prctl, PR_GET_NAME, (long)name, 0, 0, 0, 0);
    raw_syscall(SYS_prctl, PR_SET_NAME, (long)looking, 0, 0, 0, 0);
    for (int looks = 0, quiet = 0; looks < LOOKS_MOST && quiet < QUIET_LOOKS; looks++) {
        threads = running = 0;
        tasks_each(count);
        if (threads <= 1 || time_of_others() - begin > (to_rest ? TURN_MOST : START_MOST))
            break;
        bool is_quiet = !running && !(to_rest && __atomic_load_n(&pausing, __ATOMIC_SEQ_CST));
        quiet = is_quiet ? quiet + 1 : 0;
        nanosleep(&(struct timespec){.tv_nsec = BETWEEN_LOOKS}, NULL);
    }
    raw_syscall(SYS_prctl, PR_SET_NAME, (long)name, 0, 0, 0, 0);
    memset(name, 0, sizeof name); /* a snapshot holds the stack */
    threads = running = 0;
}

void turns_pass(void)
{
    __atomic_add_fetch(&pausing, 1, __ATOMIC_SEQ_CST);
    wait_for_others(false);
    __atomic_sub_fetch(&pausing, 1, __ATOMIC_SEQ_CST);
}

/* What threads wait for: semaphores, which CPython's locks are, and the condition of its interpreter's lock. */
static void *waited[WAITING_MOST];

static bool exchange_waited(void *from, void *to)
{
    for (size_t i = 0; boot == BOOT_CAPTURE && i < WAITING_MOST; i++) {
        void *expected = from;
        if (__atomic_compare_exchange_n(&waited[i], &expected, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return true;
    }
    return false;
}

static bool is_waited_for(void *object)
{
    return exchange_waited(object, object);
}

/* After a wait, in the order in which waits ended. */
static void take_turn(void)
{
    static unsigned last, current; /* the second is a futex */
    const struct timespec at_most = {.tv_nsec = SECOND / 20};
    if (boot != BOOT_CAPTURE)
        return;
    int problem = errno;
    unsigned own = __atomic_fetch_add(&last, 1, __ATOMIC_SEQ_CST);
    for (unsigned of; (of = __atomic_load_n(&current, __ATOMIC_SEQ_CST)) != own && !is_alone();)
        raw_syscall(SYS_futex, (long)&current, FUTEX_WAIT, of, (long)&at_most, 0, 0);
    wait_for_others(true);
    __atomic_store_n(&current, own + 1, __ATOMIC_SEQ_CST);
    raw_syscall(SYS_futex, (long)&current, FUTEX_WAKE, INT_MAX, 0, 0, 0);
    errno = problem;
}

#define LIBC(function)                                                                                                 \
    static __typeof__(function) *libc;                                                                                 \
    if (!libc)                                                                                                         \
        libc = NEXT(function);

ANSWER(int, sem_wait)(sem_t *semaphore)
{
    LIBC(sem_wait)
    bool is_noted = exchange_waited(NULL, semaphore);
    int result = libc(semaphore);
    if (is_noted)
        exchange_waited(semaphore, NULL);
    take_turn();
    return result;
}

static struct timespec put_off(clockid_t clock, const struct timespec *end)
{
    int64_t last = end->tv_sec * (int64_t)SECOND + end->tv_nsec, left = last - time_of(clock);
    if (tasks_is_main() || left <= 0)
        return *end;
    last += left * (LONGER - 1);
    return (struct timespec){.tv_sec = last / SECOND, .tv_nsec = last % SECOND};
}

ANSWER(int, sem_clockwait)(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict end)
{
    LIBC(sem_clockwait)
    if (boot != BOOT_CAPTURE)
        return libc(semaphore, clock, end);
    struct timespec later = put_off(clock, end);
    bool is_noted = exchange_waited(NULL, semaphore);
    int result = libc(semaphore, clock, &later);
    if (is_noted)
        exchange_waited(semaphore, NULL);
    take_turn();
    return result;
}

ANSWER(int, sem_post)(sem_t *semaphore)
{
    LIBC(sem_post)
    bool wakes = is_waited_for(semaphore);
    int result = libc(semaphore);
    if (wakes)
        turns_pass();
    return result;
}

/* As a loop of asyncio waits for what it has given to threads. */
ANSWER(int, epoll_wait)(int epoll, struct epoll_event *events, int most, int timeout)
{
    LIBC(epoll_wait)
    int result = libc(epoll, events, most, timeout);
    take_turn();
    return result;
}

/* ---- the interpreter's lock ---- */

static __thread bool has_woken;

ANSWER(int, pthread_cond_timedwait)
(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict end)
{
    LIBC(pthread_cond_timedwait)
    bool is_noted = exchange_waited(NULL, condition);
    int result = libc(condition, mutex, end);
    if (is_noted) {
        exchange_waited(condition, NULL);
        pthread_mutex_unlock(mutex);
        take_turn();
        pthread_mutex_lock(mutex);
    }
    return result;
}

ANSWER(int, pthread_cond_signal)(pthread_cond_t *condition)
{
    LIBC(pthread_cond_signal)
    has_woken |= is_waited_for(condition);
    return libc(condition);
}

/* Who was woken cannot go on before. */
ANSWER(int, pthread_mutex_unlock)(pthread_mutex_t *mutex)
{
    LIBC(pthread_mutex_unlock)
    int result = libc(mutex);
    if (has_woken) {
        has_woken = false;
        turns_pass();
    }
    return result;
}
