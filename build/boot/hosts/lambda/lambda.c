/* The host of Lambda: one invocation after another, each a run in a process of its own that was restored before the
 * invocation was asked for (docs/hosts/lambda.md). While nothing is under way Lambda stops all processes, so there is no other
 * time for it. Read lambda_run(), at the end, first. */
#include "hosts/lambda/lambda.h"

#include "hosts/apart.h"
#include "hosts/function_process.h"
#include "hosts/json_log.h"
#include "hosts/lambda/lambda_state.h"
#include "hosts/log_output.h"
#include "hosts/serve/serve_options.h"
#include "shared/settings.h"
#include "supervisor/descendant.h"
#include "supervisor/signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { TIMERS = 8 };

struct lambda_kept *lambda_kept;
struct lambda lambda = {.event = -1};
static struct timer *timers[TIMERS];

void lambda_leave(int status)
{
    lambda.is_over = true;
    lambda.status = status;
}

/* ---- what the Runtime API answers ---- */

static void take_event(int status)
{
    if (status != 200 || !lambda_api_is_id(http_client_header(&lambda_kept->api.client, LAMBDA_ID_HEADER))) {
        json_log_say("ERROR", "there is no next invocation: the Runtime API %s (status %d)",
                     status ? "answered in a way that is not known" : "cannot be reached", status);
        lambda_leave(EXIT_FAILURE);
    } else {
        lambda.invocation = GIVEN;
        if (lambda.process == READY)
            lambda_hand_over();
    }
}

static void take_answer(int status)
{
    bool is_taken = status == 202 || (lambda_kept->api.is_sent_again && (status == 400 || status == 403)); /* it had come */
    if (lambda.invocation == ASKING) {
        take_event(status);
        return;
    }
    if (status == 413 && lambda_kept->api.request.file >= 0) {
        lambda_tell_too_large();
        return;
    }
    lambda.invocation = TOLD;
    if (!is_taken)
        json_log_say("ERROR", "the Runtime API did not take the outcome (status %d)", status);
    if (lambda.is_to_end)
        lambda_leave(lambda.status);
    else if (!status || status >= 500) /* beyond repair: Lambda starts another one */
        lambda_leave(EXIT_FAILURE);
}

/* ---- all of it ---- */

static void on_signal(int number)
{
    if (!signal_asks_to_end(number))
        return;
    lambda.is_to_end = true;
    if (lambda.invocation == NOTHING || lambda.invocation == ASKING || lambda.invocation == TOLD)
        lambda_leave(EXIT_SUCCESS);
    else if (lambda.invocation == RUNNING)
        run_on_signal(&lambda_kept->worker.run, number);
    else if (lambda.invocation == GIVEN)
        lambda.asked_to_end = number;
}

static void turn(void)
{
    struct run *run = &lambda_kept->worker.run;
    loop_turn();
    if (lambda.process == STARTED || lambda.process == READY) {
        if (run_is_over(run))
            lambda_lose_process();
    } else if (lambda.invocation == RUNNING && run_is_over(run)) {
        lambda_tell_outcome();
    }
    bool is_done_with = lambda.process == USED && lambda.invocation != RUNNING && lambda.invocation != TELLING;
    if (is_done_with && run->function.ended && !lambda.is_over) {
        function_process_dispose(&lambda_kept->worker);
        function_end_orphans();
        lambda.process = NONE;
        if (lambda.invocation == TOLD)
            lambda.invocation = NOTHING;
    } else if (is_done_with && run->is_lost) {
        lambda_leave(EXIT_FAILURE); /* there is room for one process: Lambda starts another runtime */
    }
}

static const char *handler_named(int argc, char **argv)
{
    const char *own = getenv("FN_HANDLER"), *given = getenv("_HANDLER");
    if (argc > 1)
        return argv[1];
    if (own && *own)
        return own;
    return given && *given && strcmp(given, "bootstrap") ? given : NULL; /* what others call a file without a choice */
}

static const char *complaint_of(int argc)
{
    if (argc > 2)
        return "one handler can be named on Lambda, and no option: use variables";
    if (lambda.handler && strlen(lambda.handler) >= HANDLER_MAX)
        return "no handler has so long a name: see _HANDLER and FN_HANDLER";
    return NULL;
}

static bool open_all(const char *address)
{
    lambda_kept = mmap(NULL, sizeof *lambda_kept, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct watched *signals = signals_open(on_signal);
    function_note_strangers();
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what a handler leaves behind becomes ours, to be ended */
    log_output_open();
    if (lambda_kept == MAP_FAILED || madvise(lambda_kept, sizeof *lambda_kept, MADV_DONTFORK) < 0 || !signals || !apart_open() ||
        !loop_open(timers, TIMERS) || !loop_watch(signals, EPOLLIN))
        return false;
    lambda_kept->api.answered = take_answer;
    errno = EINVAL;
    return lambda_api_open(&lambda_kept->api, address);
}

bool lambda_is_asked_for(void)
{
    const char *address = getenv("AWS_LAMBDA_RUNTIME_API");
    return address && *address && !descendant_is_marked(); /* not for what a handler starts */
}

int lambda_run(int argc, char **argv)
{
    const char *seconds = getenv("FN_TIMEOUT"), *format = getenv("FN_LOG_FORMAT");
    serve.text_log = format && !strcmp(format, "text");
    if (seconds)
        seconds_of(seconds, &lambda.timeout); /* what is none is an error of the function's */
    if (!open_all(getenv("AWS_LAMBDA_RUNTIME_API"))) {
        fprintf(stderr, "fn: AWS_LAMBDA_RUNTIME_API: expected ADDRESS:PORT of the Runtime API, and room to begin: %s\n",
                strerrordesc_np(errno));
        return EXIT_FAILURE;
    }
    lambda.handler = handler_named(argc, argv);
    const char *complaint = complaint_of(argc);
    if (complaint) {
        struct exit_reason reason = exit_reason_error("fn.usage", complaint);
        lambda.process = USED;
        lambda_fail_to_begin(&reason);
    }
    while (!lambda.is_over) {
        if (lambda.process == NONE)
            lambda_start_process(argc, argv);
        if (!lambda.is_over)
            apart(turn);
    }
    log_output_finish();
    return lambda.status;
}
