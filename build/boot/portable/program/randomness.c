/* Random numbers, the time, and the numbers of process and thread while the process is captured: libraries draw the same each
 * time, from the seed of the snapshot. They order tables by them and have them for keys, so that without this no two captures
 * would be the same. What such a library draws before a run is in the file in any case, known to whoever has it; what it
 * draws in a run is the kernel's.
 *
 * Python itself draws on the kernel: a number that a handler's import has drawn differs, and is refused, but for bytes that
 * it keeps as they are (drawn.c). */
#include "interpreter/drawn.h"
#include "interpreter/kept_times.h"
#include "portable/program/capture.h"
#include "portable/seeded.h"
#include "shared/raw_syscall.h"
#include "snapshot/threads/tasks.h"
#include "vfs/files.h"

#include <Python.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Of process and thread, while the process is captured: one that no process has. Libraries see by it in a run that they are in
 * another process than before, and make keys and random numbers anew. Else two runs that happen to have the number of the
 * captured process would draw the same keys. */
enum { NUMBER_WHILE_CAPTURING = INT_MAX };

/* Not what its constructors draw: the allocator that CPython 3.13 brings along has keys. Without dladdr, which looks at all
 * symbols of an object, for each look at a clock. */
bool is_of_python(const void *address)
{
    struct dl_find_object caller, python;
    return Py_IsInitialized() && !_dl_find_object((void *)(uintptr_t)address, &caller) &&
           !_dl_find_object((void *)Py_Initialize, &python) && caller.dlfo_link_map == python.dlfo_link_map;
}

static uint64_t next_number(void)
{
    static uint64_t drawn;
    return seeded(BUNDLED->seed, __atomic_add_fetch(&drawn, 1, __ATOMIC_RELAXED));
}

static ssize_t draw(char *to, size_t length)
{
    for (size_t done = 0; done < length; done += sizeof(uint64_t)) {
        uint64_t number = next_number();
        memcpy(to + done, &number, length - done < sizeof number ? length - done : sizeof number);
    }
    return (ssize_t)length;
}

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    long result = raw_syscall(number, a, b, c, d, e, f);
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

static ssize_t draw_for(const void *caller, void *to, size_t length, unsigned flags)
{
    if (CAPTURING && !is_of_python(caller))
        return draw(to, length);
    ssize_t drawn = call(SYS_getrandom, (long)to, (long)length, flags, 0, 0, 0);
    if (CAPTURING && drawn == (ssize_t)length)
        drawn_note(to, length);
    return drawn;
}

/* What a library sees of the clocks that count from the machine's start: one moment before any run's. A library may keep it
 * (jemalloc: when it last gave memory back; OpenCV: when it was loaded), and a process may be forked at any time after
 * that. It goes on with the calls, so that nobody waits for it for ever. */
static struct timespec first_second(void)
{
    enum { CALLS = 1 << 16 }; /* to a second: far more than imports make */
    static uint64_t calls;
    return (struct timespec){.tv_sec = (time_t)(1 + ++calls / CALLS)};
}

static bool counts_from_start(clockid_t clock)
{
    return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
}

static bool counts_processor_time(clockid_t clock)
{
    return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

/* The allocator of CPython 3.13 keeps the time at which it was started. Later, whole seconds: what is left of a time on the
 * stack, below the functions that run, gets into objects that libraries copy with the gaps between their members. A time
 * that an import keeps is renewed (interpreter/kept_times.c), or differs: of two captures one sees even seconds, the other
 * odd ones, so that they can be taken at the same time (build/snapshot/process/builder.py). Seconds that have passed:
 * nothing is waited for longer. */
ANSWER(int, clock_gettime)(clockid_t clock, struct timespec *now)
{
    static __typeof__(clock_gettime) *libc;
    if (CAPTURING && !Py_IsInitialized()) {
        *now = (struct timespec){0};
        return 0;
    }
    if (CAPTURING && counts_from_start(clock) && tasks_is_main() && !is_of_python(__builtin_return_address(0))) {
        *now = first_second();
        return 0;
    }
    if (!libc)
        libc = NEXT(clock_gettime);
    int status = libc(clock, now);
    if (CAPTURING && !status) {
        now->tv_nsec = 0;
        if (!counts_processor_time(clock))
            now->tv_sec -= (now->tv_sec ^ BUNDLED->clocks) & 1;
        if (clock == CLOCK_REALTIME && is_of_python(__builtin_return_address(0)))
            times_note(now);
    }
    return status;
}

/* A context of OpenSSL keeps when it was made. */
ANSWER(time_t, time)(time_t *now)
{
    struct timespec moment = {.tv_sec = 315532800}; /* 1980-01-01 */
    if (!CAPTURING || is_of_python(__builtin_return_address(0)))
        clock_gettime(CLOCK_REALTIME, &moment);
    if (now)
        *now = moment.tv_sec;
    return moment.tv_sec;
}

ANSWER(ssize_t, getrandom)(void *to, size_t length, unsigned flags)
{
    return draw_for(__builtin_return_address(0), to, length, flags);
}

ANSWER(int, getentropy)(void *to, size_t length)
{
    return draw_for(__builtin_return_address(0), to, length, 0) == (ssize_t)length ? 0 : -1;
}

ANSWER(pid_t, getpid)(void)
{
    return CAPTURING ? NUMBER_WHILE_CAPTURING : (pid_t)syscall(SYS_getpid);
}

/* Rust's locks that a thread may take twice keep it, and objects of Python's threads. */
ANSWER(pid_t, gettid)(void)
{
    return CAPTURING ? NUMBER_WHILE_CAPTURING : (pid_t)syscall(SYS_gettid);
}

/* Libraries made for an older libc call the kernel themselves. */
ANSWER(long, syscall)(long number, ...)
{
    va_list rest;
    va_start(rest, number);
    long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
    long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_getrandom)
        return draw_for(__builtin_return_address(0), (void *)a, (size_t)b, (unsigned)c);
    if (number == SYS_gettid && CAPTURING)
        return NUMBER_WHILE_CAPTURING;
    return call(number, a, b, c, d, e, f);
}
