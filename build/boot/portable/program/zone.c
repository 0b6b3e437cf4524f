/* The time zone of a restored process: libc still has that of the capture, and this process's is read when it is first asked
 * for. Most runs never do, and reading /etc/localtime takes 15 us. libc looks at TZ anew by itself, but not in these two
 * functions, of which POSIX does not ask it. */
#include "portable/program/resume.h"
#include "shared/answer.h"

#include <stdbool.h>
#include <time.h>

static bool is_of_capture;

void zone_forget(void)
{
    is_of_capture = true;
}

static void read_own(void)
{
    if (is_of_capture)
        tzset();
    is_of_capture = false;
}

ANSWER(struct tm *, localtime_r)(const time_t *moment, struct tm *result)
{
    static __typeof__(localtime_r) *next;
    read_own();
    if (!next)
        next = NEXT(localtime_r);
    return next(moment, result);
}

ANSWER(char *, ctime_r)(const time_t *moment, char *text)
{
    read_own();
    return NEXT(ctime_r)(moment, text);
}
