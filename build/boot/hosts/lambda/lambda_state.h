/* What the parts of the host of Lambda share (lambda.h is their map). */
#pragma once

#include "hosts/lambda/lambda_api.h"
#include "hosts/lambda/lambda_error.h"
#include "hosts/worker.h"

#define LAMBDA_ID_HEADER "lambda-runtime-aws-request-id"

/* What comes from the Runtime API; functions do not get it. */
struct lambda_kept {
    struct lambda_api api;
    struct worker worker;
    char document[LAMBDA_DOCUMENT_MAX];
};
struct lambda {
    enum { NOTHING, ASKING, GIVEN, RUNNING, TELLING, TOLD } invocation; /* GIVEN: it is there, no process is ready for it yet */
    enum { NONE, STARTED, READY, USED } process;
    const char *handler;
    double timeout; /* seconds; 0: Lambda's alone */
    int event;      /* a file; -1: none */
    unsigned lost;  /* processes that ended before they had a request, one after another */
    bool has_asked, is_to_end, is_over;
    int status;
    int asked_to_end; /* the signal that came while a process was awaited; 0: none */
    struct watched channel; /* by which a process says that it is ready */
};
extern struct lambda_kept *lambda_kept;
extern struct lambda lambda;

void lambda_leave(int status);

/* lambda_process.c */
void lambda_start_process(int argc, char **argv); /* where a fork may be (apart.h) */
void lambda_lose_process(void);                   /* it ended before it had an event */
void lambda_hand_over(void);                      /* the event to the process */

/* lambda_outcome.c */
void lambda_fail_to_begin(const struct exit_reason *reason);
void lambda_fail_to_begin_as_reported(void);
void lambda_tell_outcome(void);
void lambda_tell_too_large(void);
