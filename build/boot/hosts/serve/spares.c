/* Processes that wait for their one request. Their number follows the load: a request that finds no spare asks for one
 * more, a quiet second for one less. */
#include "hosts/serve/spares.h"

#include "hosts/apart.h"
#include "hosts/function_process.h"
#include "hosts/json_log.h"
#include "hosts/serve/queue.h"
#include "hosts/serve/serve_options.h"
#include "hosts/worker.h"
#include "shared/clock.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static const double QUIET = 1.0;         /* seconds after which a spare that nobody wanted is one too many */
static const double AFTER_FAILURE = 1.0; /* seconds without new spares when one could not start */
enum { FAILURES_MOST = 3 };              /* that requests wait for */

/* seconds for which a function has the processors to itself while a spare is left: a fork takes a third of a short run */
static const double PUT_OFF = 0.001;

static struct {
    unsigned target, fewest; /* fewest: since the last quiet second */
    struct timer quiet, retry, put_off;
    int problem; /* errno of the last one that could not start */
    unsigned failures; /* one after another */
    bool stopped;
    int argc;
    char **argv;
} spares;

static void note_quiet(struct timer *timer)
{
    if (spares.fewest && spares.target > serve.spares)
        spares.target--;
    spares.fewest = workers_count(WORKER_SPARE);
    loop_set(timer, monotonic_now() + QUIET);
}

static void start_now(struct timer *timer)
{
    (void)timer;
}

void spares_open(int argc, char **argv)
{
    spares.argc = argc;
    spares.argv = argv;
    spares.target = serve.spares;
    spares.quiet.fire = note_quiet;
    spares.retry.fire = spares.put_off.fire = start_now;
    loop_set(&spares.quiet, monotonic_now() + QUIET);
}

/* ---- ends ---- */

static void put_off(const char *what)
{
    json_log_say("ERROR", "no process could be made ready: %s", what);
    loop_set(&spares.retry, monotonic_now() + AFTER_FAILURE);
    spares.failures++;
    if (spares_are_lacking())
        queue_refuse();
}

static void put_off_the_next(void)
{
    put_off(strerrordesc_np(spares.problem));
}

void spare_end(struct worker *worker)
{
    close(worker->channel); /* the sign for it to leave */
    worker->channel = -1;
    worker_set_state(worker, WORKER_LEAVING);
}

void spare_lose(struct worker *worker)
{
    spare_end(worker);
    run_drain(&worker->run);
    put_off("it ended before it had a request; the log may say why");
}

void spares_trim(void)
{
    while (workers_count(WORKER_SPARE) > spares.target)
        spare_end(workers_first(WORKER_SPARE));
}

void spares_stop(void)
{
    spares.stopped = true;
    spares.target = 0;
    spares_trim();
}

/* ---- a new one ---- */

void spares_want_more(void)
{
    if (!spares.stopped && spares.target < serve.workers)
        spares.target++;
}

bool spares_are_lacking(void)
{
    return spares.failures >= FAILURES_MOST && !workers_count(WORKER_SPARE);
}

void spares_note_used(void)
{
    spares.failures = 0;
    if (workers_count(WORKER_SPARE) < spares.fewest)
        spares.fewest = workers_count(WORKER_SPARE);
    loop_set(&spares.put_off, monotonic_now() + PUT_OFF);
}

void spares_note_answered(void)
{
    loop_set(&spares.put_off, HUGE_VAL);
}

bool spares_start_one(void)
{
    unsigned count = workers_count(WORKER_SPARE);
    bool wanted = count < spares.target || count < queue_length();
    bool room = count + workers_count(WORKER_BUSY) < serve.workers;
    struct worker *worker = workers_first(WORKER_UNUSED); /* NULL: many are being taken apart; one of them will be, then */
    bool can_wait = count && spares.put_off.place;
    if (spares.retry.place || can_wait || !wanted || !room || !worker)
        return false;
    if (function_process_start(worker, HOST_HTTP, NULL, spares.argc, spares.argv)) {
        worker_set_state(worker, WORKER_SPARE);
        return true;
    }
    spares.problem = errno;
    apart(put_off_the_next);
    return false;
}
