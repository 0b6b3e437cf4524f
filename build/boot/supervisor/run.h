#pragma once

#include "shared/exit_reason.h"
#include "shared/report.h"
#include "supervisor/child.h"
#include "supervisor/log_writer.h"
#include "supervisor/loop.h"

struct run {
    struct function function;
    struct report *report; /* shared with the function */
    struct log_writer writer;
    struct watched log;    /* the pipe of its stdout and stderr; fd is -1 once nobody holds the other end any more */
    bool held;             /* the pipe is not read until what was read is written */
    const char *handler;   /* NULL: the function is told later, or finds it out */
    const char *data_dir;  /* the exchange that the function gets; NULL: none */
    int input, output;     /* descriptors that it gets; -1: none */
    struct timer timer;    /* set to the sooner of the next two */
    double deadline;       /* HUGE_VAL: none */
    double kill_at;        /* HUGE_VAL: not asked to end yet */
    double timeout;        /* seconds; 0: none */
    bool timed_out;
    bool is_killed, is_lost; /* lost: killed long ago, and still there */
    int termination; /* the signal that asked it to end, or 0 */
};
bool run_start(struct run *run, enum host host, double timeout, int argc, char **argv); /* false: errno says why not */
bool run_watch(struct run *run);
void run_resume(struct run *run); /* when what was read of its log is written */
void run_end(struct run *run, int number); /* asks it to end; kills it 2 s later */
void run_on_signal(struct run *run, int number);
bool run_is_over(const struct run *run); /* it has ended or is lost, or has reported its outcome and closed the log */
void run_drain(struct run *run); /* writes the rest of its log, and kills what is left of it */
struct exit_reason run_exit_reason(const struct run *run);
void run_await_end(struct run *run); /* no process is left behind, but for one that is lost */
void run_abort(struct run *run); /* kills it before it has been let go on: nobody has seen anything of it */
