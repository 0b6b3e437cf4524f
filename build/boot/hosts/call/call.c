/* The host of one command: `fn call HANDLER <input >result 2>log`. One run; its input comes from a stream, a file or an
 * argument, its result goes to a stream or a file, and the exit status says what became of it. Read call_run(), at the end,
 * first. Allocates nothing; right as process 1, as is supervise.c. */
#include "hosts/call/call.h"

#include "hosts/call/call_input.h"
#include "hosts/call/call_options.h"
#include "hosts/call/log_stream.h"
#include "hosts/call/new_file.h"
#include "shared/clock.h"
#include "shared/nameless_file.h"
#include "supervisor/log_file.h"
#include "supervisor/run.h"
#include "supervisor/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMERS = 3 };
enum { STATUS_ERROR = 1, STATUS_USAGE = 2, STATUS_TIMEOUT = 124, STATUS_SIGNAL = 128 };
enum { TEKTON_MOST = 4096 };
#define TERMINATION_LOG "/dev/termination-log"
#define TEKTON_RESULTS "/tekton/results/"

static struct call asked;
static struct run run = {.input = -1, .output = -1, .log.fd = -1};
static struct timer *timers[TIMERS];
static struct new_file output;
static struct watched *signals;
static double began;

/* ---- signals ---- */

static void on_signal(int number)
{
    run_on_signal(&run, number);
}

/* Until there is room to write, or a signal; false: it asked for the end. */
static bool wait_for_room(int fd)
{
    struct pollfd events[] = {{.fd = fd, .events = POLLOUT}, {.fd = signals ? signals->fd : -1, .events = POLLIN}};
    poll(events, 2, -1);
    if (signals)
        signals_take();
    return !run.termination;
}

/* A moment until somebody may have opened a pipe to read it: nothing tells when that happens. */
static bool wait_for_reader(void)
{
    struct pollfd signal = {.fd = signals ? signals->fd : -1, .events = POLLIN};
    poll(&signal, 1, 10);
    if (signals)
        signals_take();
    bool is_late = asked.timeout > 0 && monotonic_now() - began >= asked.timeout;
    errno = is_late ? ETIMEDOUT : ECANCELED;
    return !is_late && !run.termination;
}

/* ---- the error ---- */

static bool has_code(const char *json, const char *code)
{
    char beginning[64];
    int length = snprintf(beginning, sizeof beginning, "{\"code\":\"%s\",", code);
    return !strncmp(json, beginning, (size_t)length);
}

/* Where an orchestrator looks for the reason, if there is one. */
static void write_termination_log(const char *json, size_t length)
{
    struct stat status;
    int fd = open(TERMINATION_LOG, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && ftruncate(fd, 0) == 0)
        write_whole(fd, json, length);
    close(fd);
}

static int fail(const char *json, size_t length, const char *brief, size_t brief_length)
{
    write_patiently(STDERR_FILENO, json, length, wait_for_room);
    write_patiently(STDERR_FILENO, "\n", 1, wait_for_room);
    write_termination_log(brief, brief_length);
    if (asked.error && !new_file_write(asked.error, json, length, wait_for_reader))
        fprintf(stderr, "fn: %s: %s\n", asked.error, strerror(errno));
    if (has_code(json, "fn.usage") || has_code(json, "fn.handler.unknown") || has_code(json, "fn.handler.ambiguous"))
        return STATUS_USAGE;
    if (has_code(json, "fn.timeout"))
        return STATUS_TIMEOUT;
    if (run.termination)
        return STATUS_SIGNAL + run.termination;
    bool died = run.report && !call_input_problem() && report_state(run.report) == REPORT_NOTHING && run.function.ended &&
                WIFSIGNALED(run.function.status);
    return died ? STATUS_SIGNAL + WTERMSIG(run.function.status) : STATUS_ERROR;
}

static int fail_because(const char *code, const char *what, const char *reason)
{
    char message[PATH_MAX + 256];
    snprintf(message, sizeof message, "%s: %s", what, reason);
    struct exit_reason error = exit_reason_error(code, message);
    return fail(error.json, error.length, error.json, error.length);
}

/* ---- the result ---- */

/* False: errno says why not. */
static bool open_output(void)
{
    output.fd = STDOUT_FILENO;
    if (asked.output && strcmp(asked.output, "-") != 0 && !new_file_open(&output, asked.output, wait_for_reader))
        return false;
    run.output = new_file_is_special(&output) ? nameless_file(NULL) : output.fd;
    return run.output >= 0;
}

static bool pass_on(void)
{
    char bytes[64 * 1024];
    off_t done = 0;
    for (ssize_t length; (length = pread(run.output, bytes, sizeof bytes, done)) != 0; done += length)
        if (length < 0 || !write_patiently(output.fd, bytes, (size_t)length, wait_for_room))
            return false;
    return true;
}

static int publish(uint64_t length)
{
    struct stat staged;
    if (fstat(run.output, &staged) != 0 || (uint64_t)staged.st_size != length)
        return fail_because("fn.output.unwritable", "the result", "it was taken away before it could be published");
    const char *place = asked.output ?: "stdout";
    if (!strncmp(place, TEKTON_RESULTS, strlen(TEKTON_RESULTS)) && staged.st_size > TEKTON_MOST) {
        char reason[128];
        snprintf(reason, sizeof reason, "the result has %lld bytes, and Tekton takes %d at the most: write it into a workspace",
                 (long long)staged.st_size, TEKTON_MOST);
        return fail_because("fn.output.unwritable", place, reason);
    }
    bool done = new_file_is_special(&output) ? pass_on() : new_file_publish(&output);
    if (!done && errno == ECANCELED)
        return STATUS_SIGNAL + run.termination;
    return done ? EXIT_SUCCESS : fail_because("fn.output.unwritable", place, strerrordesc_np(errno));
}

static int conclude(void)
{
    struct outcome outcome = report_outcome(run.report);
    if (call_input_problem())
        return fail_because("fn.input.unreadable", asked.input ?: "stdin", call_input_problem());
    if (outcome.state == REPORT_OUTPUT)
        return publish(outcome.output_length);
    if (outcome.state == REPORT_ERROR)
        return fail(run.report->error, outcome.length, run.report->brief, outcome.brief_length);
    struct exit_reason reason = run_exit_reason(&run);
    return fail(reason.json, reason.length, reason.json, reason.length);
}

/* ---- the log ---- */

static size_t discard(struct log_writer *writer, const char *lines, size_t length)
{
    (void)writer, (void)lines;
    return length;
}

/* False: errno says why not. */
static bool open_log(void)
{
    int own = asked.log ? named_descriptor(asked.log) : STDERR_FILENO;
    if (own < 0) {
        int fd = open_for_writing(asked.log, O_CREAT | O_TRUNC | O_APPEND, wait_for_reader);
        log_file_open(&run.writer, fd, -1);
        return fd >= 0;
    }
    log_stream_open(&run, own);
    if (asked.quiet)
        run.writer.write = discard;
    return true;
}

/* ---- all of it ---- */

/* OpenFaaS' classic watchdog makes a variable `Http_NAME` of each header. Of the header Proxy, libraries would take it for the
 * proxy of all requests that the handler makes: for CGI they know better, this they do not. */
static void drop_header_proxy(void)
{
    unsetenv("Http_Proxy");
}

static int do_run(int argc, char **argv)
{
    drop_header_proxy();
    run.handler = asked.handler;
    bool started = run_start(&run, HOST_CALL, asked.timeout, argc, argv);
    if (!started || !run_watch(&run)) {
        int reason = errno;
        run_abort(&run);
        return fail_because("fn.boot", "no process could be started for the handler", strerrordesc_np(reason));
    }
    call_input_begin();
    while (!run_is_over(&run))
        loop_turn();
    log_stream_finish(wait_for_room);
    run_drain(&run);
    return conclude();
}

static int fail_to_open(const char *code, const char *place)
{
    int reason = errno;
    if (run.termination)
        return fail_because("fn.terminated", place, "the run was asked to end before anybody opened it to read");
    if (reason == ETIMEDOUT)
        return fail_because("fn.timeout", place, "nobody opened it to read in time");
    return fail_because(code, place, strerrordesc_np(reason));
}

int call_run(int argc, char **argv)
{
    began = monotonic_now();
    signals = signals_open(on_signal);
    const char *complaint = call_read(&asked, argv + 2);
    if (complaint)
        return fail_because("fn.usage", "call", complaint);
    if (!signals || !loop_open(timers, TIMERS) || !loop_watch(signals, EPOLLIN))
        return fail_because("fn.boot", "call", strerrordesc_np(errno));
    if (!call_input_open(&run, asked.input))
        return fail_because(errno == ENOENT ? "fn.input.missing" : "fn.input.unreadable", asked.input ?: "stdin", strerrordesc_np(errno));
    if (!open_log())
        return fail_to_open("fn.usage", asked.log);
    if (!open_output())
        return fail_to_open("fn.output.unwritable", asked.output ?: "stdout");
    int status = do_run(argc, argv);
    if (status != EXIT_SUCCESS)
        new_file_drop(&output);
    run_await_end(&run);
    return status;
}
