/* The supervisor: one run, from an empty exchange to an announced outcome, whatever the function does.
 * It owns the log, the clock, the signals and the announcement; it allocates nothing and is right as process 1.
 * Read supervise(), at the end, first: it is the run in its order (docs/design.md, "One run"). */
#include "supervisor/supervise.h"

#include "shared/clock.h"
#include "shared/exit_reason.h"
#include "shared/report.h"
#include "shared/settings.h"
#include "supervisor/child.h"
#include "supervisor/exchange.h"
#include "supervisor/log_writer.h"
#include "supervisor/scratch_dir.h"
#include "supervisor/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static const double GRACE = 2.0; /* seconds from SIGTERM to SIGKILL */

static struct {
    double deadline; /* HUGE_VAL: none */
    double kill_at;  /* HUGE_VAL: not asked to end yet */
    bool timed_out;
    int termination;
    int signals; /* signalfd */
    int log_pipe;
} run;

static void ask_to_end(int number)
{
    function_send(number);
    if (run.kill_at == HUGE_VAL)
        run.kill_at = monotonic_now() + GRACE;
}

static void take_signals(void)
{
    struct signalfd_siginfo info;
    while (read(run.signals, &info, sizeof info) == sizeof info) {
        int number = (int)info.ssi_signo;
        if (number == SIGCHLD) {
            function_reap();
        } else if (number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT) {
            if (!run.termination)
                run.termination = number;
            ask_to_end(number);
        } else {
            function_send(number);
        }
    }
}

/* False at the end of the pipe. */
static bool pump_once(size_t most)
{
    unsigned char bytes[16 * 1024];
    ssize_t length = read(run.log_pipe, bytes, most < sizeof bytes ? most : sizeof bytes);
    if (length < 0)
        return errno == EINTR || errno == EAGAIN;
    pump_feed(bytes, (size_t)length);
    pump_flush();
    return length > 0;
}

static void mind_the_clock(void)
{
    double now = monotonic_now();
    if (now >= run.kill_at) {
        function_kill();
        run.kill_at = HUGE_VAL;
        run.deadline = HUGE_VAL;
    } else if (now >= run.deadline) {
        run.timed_out = !run.termination;
        run.deadline = HUGE_VAL;
        ask_to_end(SIGTERM);
    }
}

static int milliseconds_until(double moment)
{
    if (moment == HUGE_VAL)
        return -1;
    double left = ceil((moment - monotonic_now()) * 1e3);
    return left < 0 ? 0 : left > 1e6 ? 1000000 : (int)left;
}

/* Until the function has ended, or has reported its outcome and closed the log: then it only waits to be taken apart. */
static void watch_function(void)
{
    struct pollfd events[] = {{.fd = run.signals, .events = POLLIN}, {.fd = run.log_pipe, .events = POLLIN}};
    bool log_ended = false;
    while (!function.ended && !(log_ended && report_state())) {
        poll(events, 2, milliseconds_until(fmin(run.deadline, run.kill_at)));
        if (events[1].revents && !pump_once(SIZE_MAX)) {
            events[1].fd = -1; /* nobody holds the other end any more */
            log_ended = true;
        }
        if (events[0].revents)
            take_signals();
        mind_the_clock();
    }
}

/* What the function and its group have written is there now; others may hold the pipe open for ever. One that has
 * reported and closed the log is killed if it has not left by now: nothing that it does counts any more. */
static void drain(void)
{
    int waiting = 0;
    function_kill();
    if (ioctl(run.log_pipe, FIONREAD, &waiting) == 0)
        while (waiting > 0) {
            size_t most = (size_t)waiting < 16 * 1024 ? (size_t)waiting : 16 * 1024;
            if (!pump_once(most))
                break;
            waiting -= (int)most;
        }
    pump_finish();
}

static void publish(double timeout)
{
    enum report_state state = report_state();
    if (state == REPORT_OUTPUT && exchange_publish_output(report->output_length))
        return;
    if (state == REPORT_ERROR &&
        exchange_publish_error(report->error, report->length, report->brief, report->brief_length))
        return;
    const char *loading = report->has_started ? NULL : report->loading;
    struct circumstances circumstances = {run.timed_out, timeout, run.termination, function.status, loading};
    struct verdict verdict = state == REPORT_NOTHING
        ? verdict_of(&circumstances)
        : verdict_error("fn.output.unwritable", "the result was taken away before it could be published");
    exchange_publish_error(verdict.json, verdict.length, verdict.json, verdict.length);
}

/* A pause that a request to end cuts short; true when it lasted. */
static bool pause_for(double length)
{
    double end = monotonic_now() + length;
    struct pollfd event = {.fd = run.signals, .events = POLLIN};
    while (!run.termination && monotonic_now() < end) {
        poll(&event, 1, milliseconds_until(end));
        take_signals();
    }
    return !run.termination;
}

static void announce(const struct settings *settings)
{
    if (settings->settle > 0 && !run.termination)
        pause_for(settings->settle);
    if (!exchange_announce())
        fprintf(stderr, "fn: the run could not be announced: %s\n", strerror(errno));
    double until = monotonic_now() + settings->linger;
    while (settings->linger > 0 && monotonic_now() < until && pause_for(fmin(0.05, settings->linger)))
        exchange_announce();
}

/* Before the function was let go on: nobody has seen anything of it. */
static void call_off(void)
{
    int reason = errno;
    function_kill();
    function_await_end();
    errno = reason;
}

static int refuse(const char *what, const char *name)
{
    call_off();
    fprintf(stderr, "fn: %s %s: %s\nfn: nothing can be reported there; mount a writable directory with some room, or name another "
                    "one with --data or FN_DATA_DIR\n", what, name, strerror(errno));
    return EXIT_FAILURE;
}

static int refuse_second(const char *name)
{
    call_off();
    fprintf(stderr, "fn: the exchange directory %s is in use by another run\nfn: nothing there was touched; wait until that run has "
                    "ended, or name another directory with --data or FN_DATA_DIR\n", name);
    return EXIT_FAILURE;
}

static int conclude_without_function(const struct settings *settings, const char *what)
{
    char message[256];
    snprintf(message, sizeof message, "%s: %s", what, strerror(errno));
    struct verdict verdict = verdict_error("fn.boot", message);
    exchange_publish_error(verdict.json, verdict.length, verdict.json, verdict.length);
    exchange_tidy();
    announce(settings);
    return EXIT_SUCCESS;
}

/* The function boots while the exchange is prepared, and touches nothing of it before report_prepared. False: errno says
 * why there is none. */
static bool start(const struct settings *settings, int argc, char **argv)
{
    int log_pipe[2];
    run.signals = signals_open();
    if (run.signals < 0 || !report_open() || pipe2(log_pipe, O_CLOEXEC) < 0)
        return false;
    report->started = monotonic_now();
    run.deadline = settings->timeout > 0 ? report->started + settings->timeout : HUGE_VAL;
    run.kill_at = HUGE_VAL;
    run.log_pipe = log_pipe[0];
    fcntl(run.log_pipe, F_SETFL, O_NONBLOCK);
    if (!function_start(settings->data_dir, log_pipe[1], argc, argv))
        return false;
    close(log_pipe[1]);
    return true;
}

/* A descriptor of ours must never be number 0, 1 or 2, which the function replaces. */
static void occupy_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/", O_PATH);
}

int supervise(const struct settings *settings, int argc, char **argv)
{
    occupy_standard_streams();
    bool started = start(settings, argc, argv);
    int obstacle = errno;
    if (!exchange_open(settings->data_dir))
        return refuse("cannot open the exchange directory", settings->data_dir);
    bool is_ours = exchange_lock();
    if (exchange_finished()) { /* looked at under the lock: nobody else announces now */
        call_off();
        return EXIT_SUCCESS;
    }
    if (!is_ours)
        return refuse_second(settings->data_dir);
    int log = exchange_prepare();
    if (log < 0)
        return refuse("cannot write in the exchange directory", settings->data_dir);
    pump_open(log, settings->tee ? STDERR_FILENO : -1);
    if (!started) {
        errno = obstacle;
        return conclude_without_function(settings, "no process could be started for the handler");
    }
    report_prepared();
    watch_function();
    drain();
    unpacked_tell();
    unpacked_remove();
    publish(settings->timeout);
    exchange_tidy();
    announce(settings);
    function_await_end(); /* no process is left behind */
    return EXIT_SUCCESS;
}
