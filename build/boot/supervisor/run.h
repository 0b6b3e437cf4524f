#ifndef FN_RUN_H
#define FN_RUN_H

#include "shared/exit_reason.h"
#include "shared/report.h"
#include "supervisor/child.h"
#include "supervisor/log_writer.h"
#include "supervisor/loop.h"

struct run {
    struct function function;
    struct report *report; /* shared with the function */
    struct log_writer writer;
    struct watched log;    /* the pipe of its stdout and stderr; -1: nobody holds the other end any more */
    bool held;             /* nothing is read of it until what was read is written */
    const char *handler;   /* NULL: the function is told later, or finds it out */
    const char *data_dir;  /* what the function begins with; NULL: no exchange */
    int input, output;     /* the same; -1: nothing */
    struct timer timer;    /* the sooner of the two: */
    double deadline;       /* HUGE_VAL: none */
    double kill_at;        /* HUGE_VAL: not asked to end yet */
    double timeout;        /* seconds; 0: none */
    bool timed_out;
    int termination; /* the signal that asked it to end, or 0 */
};
bool run_start(struct run *run, enum host host, double timeout, int argc, char **argv); /* false: errno says why not */
bool run_watch(struct run *run);
void run_resume(struct run *run); /* when what was read of its log is written */
void run_end(struct run *run, int number); /* asks it to; before long it is killed */
void run_on_signal(struct run *run, int number);
bool run_is_over(const struct run *run); /* ended, or reported its outcome and closed the log: it waits to be taken apart */
void run_drain(struct run *run);
struct exit_reason run_exit_reason(const struct run *run);
void run_abort(struct run *run); /* before it was let go on: nobody has seen anything of it */

#endif
