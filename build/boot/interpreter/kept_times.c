/* Times that an import keeps as `time.time()` gives them, such as `START = time.time()` of a module, or the moment at which a
 * counter was made: each run has its own there, as after a cold boot. What was computed of one, and another kind of time,
 * differs from capture to capture, and is refused. */
#include "interpreter/kept_times.h"
#include "snapshot/heap/drawn_bytes.h"

#include <Python.h>
#include <stdint.h>
#include <string.h>

enum { KEPT = 256, UNIT = 16 };

static double *kept[KEPT];
static size_t kept_count;

/* As CPython computes it (Python/pytime.c, _PyTime_AsSecondsDouble). */
static double seconds_of(const struct timespec *time)
{
    return time->tv_nsec ? (double)(time->tv_sec * 1000000000LL + time->tv_nsec) / 1e9 : (double)time->tv_sec;
}

void times_note(const struct timespec *now)
{
    double seconds = seconds_of(now);
    for (size_t i = 0; i < NOTED_TIMES; i++) {
        if (noted_times[i] == seconds)
            return;
        if (!noted_times[i]) {
            noted_times[i] = seconds;
            return;
        }
    }
}

static void clear_number(PyFloatObject *number)
{
    for (size_t i = 0; i < NOTED_TIMES && noted_times[i] && kept_count < KEPT; i++)
        if (number->ob_fval == noted_times[i]) {
            kept[kept_count++] = &number->ob_fval;
            number->ob_fval = 0;
        }
}

void times_clear(char *heap, size_t length)
{
    char *first = heap + -(uintptr_t)heap % UNIT, *end = heap + length - sizeof(PyFloatObject);
    for (char *place = first; noted_times[0] && place <= end; place += UNIT)
        if (Py_TYPE((PyObject *)place) == &PyFloat_Type)
            clear_number((PyFloatObject *)place);
    memset(noted_times, 0, sizeof noted_times);
}

void times_restore(void)
{
    struct timespec now;
    if (!kept_count || clock_gettime(CLOCK_REALTIME, &now) < 0)
        return;
    for (size_t i = 0; i < kept_count; i++)
        *kept[i] = seconds_of(&now);
}
