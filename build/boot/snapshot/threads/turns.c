/* Whose turn it is, while the process is captured. Threads that an import starts, and ends, allocate and free memory, as it does:
 * what comes first must not depend on which processor is free. So each gets as far as it can when it is started, and again
 * whenever the main thread lets go of Python's lock after a lock was released that a thread has waited for; nobody is
 * made to give Python's lock away in the middle of something (entry/snapshot/prepare.py). A thread's own waits last longer
 * than it asked for: a timer that is cancelled in time is so on a slow machine, too. In a run all are libc's own. */
#include "snapshot/threads/turns.h"
#include "shared/answer.h"
#include "shared/raw_syscall.h"
#include "snapshot/boot_mode.h"
#include "snapshot/cpython.h"
#include "snapshot/threads/tasks.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

enum { LOOKS_MOST = 1000, PASSES_MOST = 25, LONGER = 20, SECOND = 1000000000, WAITING_MOST = 256 };

static int threads_of_python; /* that run now */
static const sem_t *waited_for[WAITING_MOST];
static bool others_may_run;
static int running;

static void count_if_running(const char *number)
{
    char about[256];
    tasks_read(number, "stat", about, sizeof about);
    const char *name_end = strrchr(about, ')');
    running += name_end && name_end[1] && name_end[2] != 'S';
}

/* For a fifth of a second at most: one that works on is waited for no longer. Only one thread looks at a time. */
void turns_pass(void)
{
    static bool is_looking;
    if (__atomic_exchange_n(&is_looking, true, __ATOMIC_SEQ_CST))
        return;
    for (int looks = 0, quiet = 0; looks < LOOKS_MOST && quiet < 3; looks++) {
        running = 0;
        tasks_each(count_if_running);
        quiet = running <= 1 ? quiet + 1 : 0; /* one is whoever looks */
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
    running = 0; /* a snapshot holds it */
    __atomic_store_n(&is_looking, false, __ATOMIC_SEQ_CST);
}

void turns_count(bool begins)
{
    __atomic_add_fetch(&threads_of_python, begins ? 1 : -1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&others_may_run, true, __ATOMIC_SEQ_CST);
}

static bool is_main_thread(void)
{
    return raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0) == raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

/* The main thread has let go of Python's lock: whoever wants it takes it before the main thread does again. */
static void pass_lock_of_python(struct _gil_runtime_state *lock)
{
    static bool had_others;
    bool has_others = __atomic_load_n(&threads_of_python, __ATOMIC_SEQ_CST) > 0;
    if (!(has_others || had_others) || !__atomic_exchange_n(&others_may_run, false, __ATOMIC_SEQ_CST))
        return;
    had_others = has_others; /* the last one has its way out to go, too */
    pthread_mutex_unlock(&lock->mutex);
    turns_pass();
    for (int passes = 0; passes < PASSES_MOST && cpython_lock_is_taken(lock); passes++)
        turns_pass();
    pthread_mutex_lock(&lock->mutex);
}

ANSWER(int, pthread_cond_signal)(pthread_cond_t *condition)
{
    static __typeof__(pthread_cond_signal) *libc;
    if (!libc)
        libc = NEXT(pthread_cond_signal);
    int problem = libc(condition);
    if (boot == BOOT_CAPTURE && Py_IsInitialized()) {
        struct _gil_runtime_state *lock = cpython_lock();
        if (lock && condition == &lock->cond && is_main_thread())
            pass_lock_of_python(lock);
    }
    return problem;
}

static bool is_waited_for(const sem_t *semaphore)
{
    for (size_t i = 0; i < WAITING_MOST; i++)
        if (__atomic_load_n(&waited_for[i], __ATOMIC_SEQ_CST) == semaphore)
            return true;
    return false;
}

/* Returns a place for the semaphore, to be emptied; NULL: so many wait that this one is not noted. */
static const sem_t **note(const sem_t *semaphore)
{
    for (size_t i = 0; i < WAITING_MOST; i++) {
        const sem_t *nothing = NULL;
        if (__atomic_compare_exchange_n(&waited_for[i], &nothing, semaphore, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return &waited_for[i];
    }
    return NULL;
}

static void forget(const sem_t **place)
{
    if (place)
        __atomic_store_n(place, NULL, __ATOMIC_SEQ_CST);
}

/* Whoever has waited goes as far as to Python's lock, which this thread holds: also how often one waits for that is noted. */
ANSWER(int, sem_post)(sem_t *semaphore)
{
    static __typeof__(sem_post) *libc;
    if (!libc)
        libc = NEXT(sem_post);
    bool waits = boot == BOOT_CAPTURE && is_waited_for(semaphore);
    int problem = libc(semaphore);
    if (waits || (boot == BOOT_CAPTURE && !is_main_thread()))
        __atomic_store_n(&others_may_run, true, __ATOMIC_SEQ_CST);
    if (waits)
        turns_pass();
    return problem;
}

ANSWER(int, sem_wait)(sem_t *semaphore)
{
    static __typeof__(sem_wait) *libc;
    if (!libc)
        libc = NEXT(sem_wait);
    const sem_t **place = boot == BOOT_CAPTURE ? note(semaphore) : NULL;
    int problem = libc(semaphore);
    forget(place);
    return problem;
}

ANSWER(int, sem_clockwait)(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict end)
{
    static __typeof__(sem_clockwait) *libc;
    if (!libc)
        libc = NEXT(sem_clockwait);
    if (boot != BOOT_CAPTURE)
        return libc(semaphore, clock, end);
    struct timespec now;
    raw_syscall(SYS_clock_gettime, clock, (long)&now, 0, 0, 0, 0);
    long long left = (end->tv_sec - now.tv_sec) * (long long)SECOND + end->tv_nsec - now.tv_nsec;
    left *= is_main_thread() ? 1 : LONGER;
    long long then = now.tv_sec * (long long)SECOND + now.tv_nsec + (left > 0 ? left : 0);
    const sem_t **place = note(semaphore);
    int problem = libc(semaphore, clock, &(struct timespec){.tv_sec = then / SECOND, .tv_nsec = then % SECOND});
    forget(place);
    return problem;
}
