/* Makes these the same in every snapshot, whoever takes it, where and when: the number of the process, the size of a
 * time, random bytes. Numbers of threads are thread_numbers.c's, those of files and users vfs/nobody.c's. */
#include "interpreter/drawn.h"
#include "interpreter/kept_times.h"
#include "shared/answer.h"
#include "snapshot/boot_mode.h"

#include <limits.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

extern unsigned long PyThread_get_thread_native_id(void); /* pythread.h */
ANSWER(unsigned long, PyThread_get_thread_native_id)(void)
{
    return boot == BOOT_CAPTURE ? INT_MAX : NEXT(PyThread_get_thread_native_id)();
}

/* A number that no process has: what compares it later sees that it is another process. */
ANSWER(pid_t, getpid)(void)
{
    return boot == BOOT_CAPTURE ? INT_MAX : NEXT(getpid)();
}

/* Never in the first 0.3 s of a second: what is counted in milliseconds, as in each record of `logging`, is one of
 * Python's small numbers one time, and memory of its own another. A time that an import keeps is renewed
 * (interpreter/kept_times.c), or differs. */
ANSWER(int, clock_gettime)(clockid_t clock, struct timespec *now)
{
    int status = NEXT(clock_gettime)(clock, now);
    if (boot == BOOT_CAPTURE && clock == CLOCK_REALTIME && status == 0) {
        now->tv_nsec = 300000000 + now->tv_nsec / 10 * 7;
        times_note(now);
    }
    return status;
}

/* Random bytes stay what they are, but for those that an import keeps (interpreter/drawn.c). */
ANSWER(ssize_t, getrandom)(void *to, size_t length, unsigned flags)
{
    ssize_t drawn = NEXT(getrandom)(to, length, flags);
    if (boot == BOOT_CAPTURE && drawn == (ssize_t)length)
        drawn_note(to, length);
    return drawn;
}
