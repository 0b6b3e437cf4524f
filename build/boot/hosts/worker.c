/* Processes for requests: each is a run, started before there is a request for it (spares.c), used once (handover.c), then
 * gone. */
#include "hosts/worker.h"

#include "hosts/function_process.h"
#include "hosts/http/answer.h"
#include "hosts/http/connection.h"
#include "hosts/json_log.h"
#include "hosts/serve/metrics.h"
#include "hosts/serve/serve_options.h"
#include "hosts/serve/sidecar_log.h"
#include "hosts/serve/spares.h"
#include "shared/clock.h"

#include <sys/mman.h>

static const double ORPHANS_AFTER = 0.02; /* seconds: to look for them costs as much for many runs as for one */

static struct {
    TAILQ_HEAD(, worker) workers;
    unsigned count;
} lists[WORKER_STATES];

struct worker *workers_first(enum worker_state state)
{
    return TAILQ_FIRST(&lists[state].workers);
}

unsigned workers_count(enum worker_state state)
{
    return lists[state].count;
}

void worker_set_state(struct worker *worker, enum worker_state state)
{
    TAILQ_REMOVE(&lists[worker->state].workers, worker, of_state);
    lists[worker->state].count--;
    worker->state = state;
    lists[state].count++;
    if (state == WORKER_UNUSED)
        TAILQ_INSERT_HEAD(&lists[state].workers, worker, of_state); /* the next one to be used: its pages are there */
    else
        TAILQ_INSERT_TAIL(&lists[state].workers, worker, of_state);
}

bool workers_open(void)
{
    unsigned most = 2 * serve.workers + 16; /* those that leave are taken apart by the kernel meanwhile */
    struct worker *all = mmap(NULL, most * sizeof *all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED || madvise(all, most * sizeof *all, MADV_DONTFORK) < 0)
        return false;
    for (int state = 0; state < WORKER_STATES; state++)
        TAILQ_INIT(&lists[state].workers);
    for (unsigned i = 0; i < most; i++)
        TAILQ_INSERT_TAIL(&lists[WORKER_UNUSED].workers, &all[i], of_state);
    lists[WORKER_UNUSED].count = most;
    return true;
}

void workers_end(int number)
{
    for (struct worker *each = workers_first(WORKER_BUSY); each; each = TAILQ_NEXT(each, of_state))
        run_on_signal(&each->run, number);
}

/* ---- logs ---- */

size_t worker_log(struct log_writer *writer, const char *lines, size_t length)
{
    struct worker *worker = CONTAINER_OF(writer, struct worker, run.writer);
    sidecar_log_add(&worker->sidecar_log, lines, length);
    return json_log_write(worker, lines, length);
}

/* ---- ends ---- */

static void answer(struct worker *worker)
{
    struct connection *client = worker->client;
    worker_set_state(worker, WORKER_LEAVING);
    spares_note_answered();
    if (client) {
        client->worker = NULL;
        worker->client = NULL;
        answer_outcome(client, worker);
        connection_go_on(client);
    } else {
        metrics_note_abandoned();
    }
}

static void finish(struct worker *worker)
{
    run_drain(&worker->run);
    bool may_tell = workers_count(WORKER_TELLING) < serve.workers; /* a silent sidecar must not take all of them up */
    if (may_tell && sidecar_log_send(&worker->sidecar_log)) {
        worker_set_state(worker, WORKER_TELLING);
        return;
    }
    sidecar_log_drop(&worker->sidecar_log);
    answer(worker);
}

void worker_is_told(struct sidecar_log *log)
{
    answer(CONTAINER_OF(log, struct worker, sidecar_log));
}

void workers_check(void)
{
    for (struct worker *each = workers_first(WORKER_BUSY), *next; each; each = next) {
        next = TAILQ_NEXT(each, of_state);
        if (run_is_over(&each->run))
            finish(each);
    }
    for (struct worker *each = workers_first(WORKER_SPARE), *next; each; each = next) {
        next = TAILQ_NEXT(each, of_state);
        if (each->run.function.ended)
            spare_lose(each);
    }
}

static void end_orphans(struct timer *timer)
{
    (void)timer;
    function_end_orphans();
}

void workers_dispose(void)
{
    static struct timer orphans = {.fire = end_orphans};
    for (struct worker *each = workers_first(WORKER_LEAVING), *next; each; each = next) {
        next = TAILQ_NEXT(each, of_state);
        if (each->run.function.ended) {
            function_process_dispose(each);
            worker_set_state(each, WORKER_UNUSED);
            if (!orphans.place)
                loop_set(&orphans, monotonic_now() + ORPHANS_AFTER);
        }
    }
}
