/* The host of Lambda: one invocation after another, each a run in a process of its own that was restored before the
 * invocation was asked for (docs/lambda.md). While nothing is under way Lambda stops all processes, so there is no other
 * time for it. Read lambda_run(), at the end, first. */
#include "hosts/lambda.h"

#include "hosts/apart.h"
#include "hosts/function_process.h"
#include "hosts/json_log.h"
#include "hosts/lambda_api.h"
#include "hosts/lambda_error.h"
#include "hosts/nameless_file.h"
#include "hosts/serve_options.h"
#include "hosts/worker.h"
#include "shared/settings.h"
#include "supervisor/descendant.h"
#include "supervisor/signals.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define ID_HEADER "lambda-runtime-aws-request-id"
enum { TIMERS = 8, LOST_MOST = 3 };
#define EVENT_MOST (64ULL << 20) /* bytes; Lambda sends 6 MiB at the most */

/* What comes from the Runtime API; functions do not get it. */
static struct {
    struct lambda_api api;
    struct worker worker;
    char document[LAMBDA_DOCUMENT_MAX];
} *kept;
static struct {
    enum { NOTHING, ASKING, GIVEN, RUNNING, TELLING, TOLD } invocation; /* GIVEN: it is there, no process is ready for it yet */
    enum { NONE, STARTED, READY, USED } process;
    const char *handler;
    double timeout; /* seconds; 0: Lambda's alone */
    int event;      /* a file; -1: none */
    unsigned lost;  /* processes that ended before they had a request, one after another */
    bool has_asked, is_to_end, is_over;
    int status;
    struct watched channel; /* by which a process says that it is ready */
    struct timer *timers[TIMERS];
} lambda = {.event = -1};

/* ---- the end ---- */

static void leave(int status)
{
    lambda.is_over = true;
    lambda.status = status;
}

/* No process can be made ready. The API is told, if it still expects that; or whoever waits for an invocation. */
static void fail_to_begin(const char *json, size_t length, const char *document, size_t document_length)
{
    char type[LAMBDA_TYPE_MAX], text[LAMBDA_TEXT_MAX];
    lambda_error_text(json, length, text);
    json_log_say("ERROR", "no process can be made ready: %s", text);
    lambda.status = EXIT_FAILURE;
    lambda.is_to_end = true;
    lambda_error_type(json, length, type);
    if (lambda.invocation == GIVEN) {
        lambda.invocation = TELLING;
        lambda_api_fail(&kept->api, http_client_header(&kept->api.client, ID_HEADER), type, document, document_length);
    } else if (lambda.has_asked) {
        leave(EXIT_FAILURE);
    } else {
        lambda.invocation = TELLING;
        lambda_api_fail_to_begin(&kept->api, type, document, document_length);
    }
}

/* The document of an error that was reported: of Python's making, in the form of Lambda; or the form of the other hosts,
 * from where Python has not begun yet. */
static const char *reported_document(const struct report *report, size_t *length)
{
    static const char other[] = "{\"code\"";
    *length = report->length;
    if (report->length > strlen(other) && strncmp(report->error, other, strlen(other)) != 0)
        return report->error;
    *length = lambda_error_document(report->brief, report->brief_length, kept->document);
    return kept->document;
}

static void fail_to_begin_because(const struct exit_reason *reason)
{
    size_t length = lambda_error_document(reason->json, reason->length, kept->document);
    fail_to_begin(reason->json, reason->length, kept->document, length);
}

/* ---- a process ---- */

static void hand_over(void);

static void ask_for_next(void)
{
    lambda.event = nameless_file(); /* a new one: what the last handler has left behind may hold the one before */
    if (lambda.event < 0) {
        json_log_say("ERROR", "there is no room for an event: %s", strerrordesc_np(errno));
        leave(EXIT_FAILURE);
        return;
    }
    lambda.has_asked = true;
    lambda.invocation = ASKING;
    lambda_api_next(&kept->api, lambda.event, EVENT_MOST);
}

static void hear_that_it_is_ready(struct watched *channel, uint32_t events)
{
    char byte;
    (void)events;
    loop_unwatch(channel);
    if (recv(channel->fd, &byte, 1, MSG_DONTWAIT) != 1)
        return; /* it ends, and that will be seen */
    lambda.process = READY;
    lambda.lost = 0;
    if (lambda.invocation == NOTHING)
        ask_for_next();
    else if (lambda.invocation == GIVEN)
        hand_over();
}

/* Not apart: a fork. */
static void start_process(int argc, char **argv)
{
    if (!function_process_start(&kept->worker, HOST_LAMBDA, lambda.handler, argc, argv)) {
        struct exit_reason reason = exit_reason_error("fn.boot", strerrordesc_np(errno));
        lambda.process = USED;
        fail_to_begin_because(&reason);
        return;
    }
    lambda.channel = (struct watched){.ready = hear_that_it_is_ready, .fd = kept->worker.channel};
    lambda.process = STARTED;
    if (!loop_watch(&lambda.channel, EPOLLIN))
        function_kill(&kept->worker.run.function);
}

static void lose_process(void)
{
    struct run *run = &kept->worker.run;
    bool was_ready = lambda.process == READY;
    if (lambda.process == STARTED)
        loop_unwatch(&lambda.channel); /* it may have been told of that already; that does no harm */
    run_drain(run);
    lambda.process = USED; /* until it is taken apart */
    if (was_ready && ++lambda.lost < LOST_MOST)
        return;
    if (report_state(run->report) == REPORT_ERROR) {
        size_t length;
        const char *document = reported_document(run->report, &length);
        fail_to_begin(run->report->brief, run->report->brief_length, document, length);
        return;
    }
    struct exit_reason reason = run_exit_reason(run);
    fail_to_begin_because(&reason);
}

/* ---- an invocation ---- */

/* Seconds until the moment at which Lambda ends all, or until FN_TIMEOUT; 0: there is none. */
static double time_for_it(void)
{
    const char *text = http_client_header(&kept->api.client, "lambda-runtime-deadline-ms");
    size_t digits = text ? strspn(text, "0123456789") : 0;
    struct timespec now;
    if (!digits || digits > 15 || text[digits])
        return lambda.timeout;
    clock_gettime(CLOCK_REALTIME, &now);
    double left = fmax(strtod(text, NULL) / 1e3 - ((double)now.tv_sec + (double)now.tv_nsec / 1e9), .001);
    return lambda.timeout > 0 ? fmin(left, lambda.timeout) : left;
}

static void hand_over(void)
{
    struct worker *worker = &kept->worker;
    struct report *report = worker->run.report;
    const struct http_client *client = &kept->api.client;
    _Static_assert(sizeof report->request >= sizeof client->head, "all headers of an answer can be handed over");
    strcpy(worker->id, http_client_header(client, ID_HEADER));
    strcpy(worker->handler, lambda.handler ?: "");
    report->request_length = (uint32_t)client->head_used;
    memcpy(report->request, client->head, client->head_used);
    lseek(lambda.event, 0, SEEK_SET);
    if (!function_process_begin(worker, lambda.event, time_for_it())) {
        lambda.invocation = GIVEN; /* for the next process: this one has ended, which will be seen */
        return;
    }
    close(lambda.event);
    lambda.event = -1;
    lambda.invocation = RUNNING;
    lambda.process = USED;
}

static void tell_error(const char *json, size_t length, const char *document, size_t document_length)
{
    char type[LAMBDA_TYPE_MAX];
    lambda_error_type(json, length, type);
    lambda_api_fail(&kept->api, kept->worker.id, type, document, document_length);
}

static void tell_reason(const struct exit_reason *reason)
{
    size_t length = lambda_error_document(reason->json, reason->length, kept->document);
    tell_error(reason->json, reason->length, kept->document, length);
}

static void tell_outcome(void)
{
    struct run *run = &kept->worker.run;
    const struct report *report = run->report;
    enum report_state state = report_state(report);
    lambda.invocation = TELLING;
    run_drain(run);
    if (state == REPORT_OUTPUT && function_process_result(run->output, report->output_length)) {
        lambda_api_respond(&kept->api, kept->worker.id, report->is_json, run->output, report->output_length);
    } else if (state == REPORT_ERROR) {
        size_t length;
        const char *document = reported_document(report, &length);
        tell_error(report->brief, report->brief_length, document, length);
    } else {
        struct exit_reason reason = run_exit_reason(run);
        tell_reason(&reason);
    }
}

/* ---- what the Runtime API answers ---- */

static void take_event(int status)
{
    if (status != 200 || !lambda_api_is_id(http_client_header(&kept->api.client, ID_HEADER))) {
        json_log_say("ERROR", "there is no next invocation: the Runtime API %s (status %d)",
                     status ? "answered in a way that is not known" : "cannot be reached", status);
        leave(EXIT_FAILURE);
    } else {
        lambda.invocation = GIVEN;
        if (lambda.process == READY)
            hand_over();
    }
}

static void say_that_it_is_too_large(void)
{
    char text[160];
    snprintf(text, sizeof text, "the result has %llu bytes, more than Lambda takes: put it where others can fetch it, and return the place",
             (unsigned long long)kept->worker.run.report->output_length);
    struct exit_reason reason = exit_reason_error("fn.output.unwritable", text);
    tell_reason(&reason);
}

static void take_answer(int status)
{
    bool is_taken = status == 202 || (kept->api.is_sent_again && (status == 400 || status == 403)); /* it had come */
    if (lambda.invocation == ASKING) {
        take_event(status);
        return;
    }
    if (status == 413 && kept->api.request.file >= 0) {
        say_that_it_is_too_large();
        return;
    }
    lambda.invocation = TOLD;
    if (!is_taken)
        json_log_say("ERROR", "the Runtime API did not take the outcome (status %d)", status);
    if (lambda.is_to_end)
        leave(lambda.status);
    else if (!status || status >= 500) /* beyond repair: Lambda starts another one */
        leave(EXIT_FAILURE);
}

/* ---- all of it ---- */

static void take_signals(struct watched *signals, uint32_t events)
{
    (void)events;
    for (int number; (number = signals_next(signals->fd));) {
        if (number == SIGCHLD) {
            function_reap();
        } else if (number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT) {
            lambda.is_to_end = true;
            if (lambda.invocation == NOTHING || lambda.invocation == ASKING || lambda.invocation == TOLD)
                leave(EXIT_SUCCESS);
            else if (lambda.invocation == RUNNING)
                run_on_signal(&kept->worker.run, number);
        }
    }
}

static struct watched signals = {.ready = take_signals};

static void turn(void)
{
    struct run *run = &kept->worker.run;
    loop_turn();
    if (lambda.process == STARTED || lambda.process == READY) {
        if (run_is_over(run))
            lose_process();
    } else if (lambda.invocation == RUNNING && run_is_over(run)) {
        tell_outcome();
    }
    bool is_done_with = lambda.process == USED && lambda.invocation != RUNNING && lambda.invocation != TELLING;
    if (is_done_with && run->function.ended && !lambda.is_over) {
        function_process_dispose(&kept->worker);
        function_end_orphans();
        lambda.process = NONE;
        if (lambda.invocation == TOLD)
            lambda.invocation = NOTHING;
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
    kept = mmap(NULL, sizeof *kept, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    signals.fd = signals_open();
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what a handler leaves behind becomes ours, to be ended */
    json_log_open();
    if (kept == MAP_FAILED || madvise(kept, sizeof *kept, MADV_DONTFORK) < 0 || signals.fd < 0 || !apart_open() ||
        !loop_open(lambda.timers, TIMERS) || !loop_watch(&signals, EPOLLIN))
        return false;
    kept->api.answered = take_answer;
    errno = EINVAL;
    return lambda_api_open(&kept->api, address);
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
        fail_to_begin_because(&reason);
    }
    while (!lambda.is_over) {
        if (lambda.process == NONE)
            start_process(argc, argv);
        if (!lambda.is_over)
            apart(turn);
    }
    json_log_finish();
    return lambda.status;
}
