/* The isolated host: one run, from an empty exchange to an announced outcome, whatever the function does.
 * It owns the log, the clock, the signals and the announcement; it allocates nothing and is right as process 1.
 * Read supervise(), at the end, first: it is the run in its order (docs/design.md, "One run"). */
#include "supervisor/supervise.h"

#include "shared/clock.h"
#include "supervisor/exchange.h"
#include "supervisor/log_file.h"
#include "supervisor/run.h"
#include "supervisor/signals.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { TIMERS = 4 }; /* place 0 is not used; the run has one, a pause another */
static struct run run = {.input = -1, .output = -1, .log.fd = -1};
static struct timer *timers[TIMERS];
static struct watched *signals;

static void on_signal(int number)
{
    run_on_signal(&run, number);
}

static bool publish(void)
{
    struct outcome outcome = report_outcome(run.report);
    if (outcome.state == REPORT_OUTPUT && exchange_publish_output(outcome.output_length))
        return true;
    if (outcome.state == REPORT_ERROR &&
        exchange_publish_error(run.report->error, outcome.length, run.report->brief, outcome.brief_length))
        return true;
    struct exit_reason reason = run_exit_reason(&run);
    return exchange_publish_error(reason.json, reason.length, reason.json, reason.length);
}

static void pass(struct timer *timer)
{
    (void)timer;
}

/* Pauses, unless a request to end comes; true if the pause was not cut short. */
static bool pause_for(double length)
{
    struct timer end = {.fire = pass};
    for (loop_set(&end, monotonic_now() + length); end.place && !run.termination;)
        loop_turn();
    loop_set(&end, HUGE_VAL);
    return !run.termination;
}

static void announce(const struct settings *settings)
{
    if (settings->drain_delay > 0 && !run.termination)
        pause_for(settings->drain_delay);
    if (!exchange_announce())
        fprintf(stderr, "fn: the run could not be announced: %s\n", strerror(errno));
    double until = monotonic_now() + settings->linger;
    while (settings->linger > 0 && monotonic_now() < until && pause_for(fmin(0.05, settings->linger)))
        exchange_announce();
}

/* Without an outcome nothing is announced: whoever waits would take `done` alone for a success. */
static void conclude(const struct settings *settings, bool is_published)
{
    int reason = errno;
    exchange_tidy();
    if (is_published)
        announce(settings);
    else
        fprintf(stderr, "fn: the outcome of the run could not be written, so it is not announced: %s\n", strerror(reason));
}

static int refuse(const char *what, const char *name)
{
    int reason = errno;
    run_abort(&run);
    if (settings_own()->problem[0])
        fprintf(stderr, "fn: %s\n", settings_own()->problem);
    fprintf(stderr, "fn: %s %s: %s\nfn: nothing can be reported there; mount a writable directory with some room, or name another "
                    "one with --data or FN_DATA_DIR\n", what, name, strerror(reason));
    return EXIT_FAILURE;
}

static int refuse_second(const char *name)
{
    run_abort(&run);
    fprintf(stderr, "fn: the exchange directory %s is in use by another run\nfn: nothing there was touched; wait until that run has "
                    "ended, or name another directory with --data or FN_DATA_DIR\n", name);
    return EXIT_FAILURE;
}

static int conclude_without_function(const struct settings *settings, const char *what)
{
    char message[256];
    snprintf(message, sizeof message, "%s: %s", what, strerror(errno));
    struct exit_reason reason = exit_reason_error("fn.boot", message);
    conclude(settings, exchange_publish_error(reason.json, reason.length, reason.json, reason.length));
    return EXIT_SUCCESS;
}

/* Starts the function, which boots while the exchange is prepared, and touches nothing of it before report_prepared. False:
 * errno says why there is none. */
static bool start(const struct settings *settings, int argc, char **argv)
{
    signals = signals_open(on_signal);
    run.data_dir = settings->data_dir;
    return signals && run_start(&run, HOST_ISOLATED, settings->timeout, argc, argv);
}

/* Called after the exchange is prepared, which needs one more descriptor for a while: a process may have few. */
static bool watch(void)
{
    return loop_open(timers, TIMERS) && signals && loop_watch(signals, EPOLLIN) && run_watch(&run);
}

int supervise(const struct settings *settings, int argc, char **argv)
{
    bool started = start(settings, argc, argv);
    int obstacle = errno;
    if (!exchange_open(settings->data_dir))
        return refuse("cannot open the exchange directory", settings->data_dir);
    bool is_ours = exchange_lock();
    if (exchange_finished()) { /* looked at under the lock: nobody else announces now */
        run_abort(&run);
        return EXIT_SUCCESS;
    }
    if (!is_ours)
        return refuse_second(settings->data_dir);
    int log = exchange_prepare();
    if (log < 0)
        return refuse("cannot write in the exchange directory", settings->data_dir);
    log_file_open(&run.writer, log, settings->tee ? STDERR_FILENO : -1);
    bool watched = watch(); /* needed without a function, too: announce() may pause */
    if (!started || !watched) {
        errno = started ? errno : obstacle;
        run_abort(&run);
        return conclude_without_function(settings, "no process could be started for the handler");
    }
    report_prepared(run.report);
    while (!run_is_over(&run))
        loop_turn();
    run_drain(&run);
    conclude(settings, publish());
    run_await_end(&run);
    return EXIT_SUCCESS;
}
