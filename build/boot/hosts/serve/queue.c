/* Requests that wait for a process, in their order. */
#include "hosts/serve/queue.h"

#include "hosts/http/answer.h"
#include "hosts/http/connection.h"
#include "hosts/http/request.h"
#include "hosts/serve/handover.h"
#include "hosts/serve/serve_options.h"
#include "hosts/serve/spares.h"
#include "hosts/worker.h"

#include <signal.h>
#include <string.h>

static struct {
    TAILQ_HEAD(, connection) waiting;
    unsigned length;
    bool is_closed;
} queue = {.waiting = TAILQ_HEAD_INITIALIZER(queue.waiting)};

static void enqueue(struct connection *connection)
{
    connection->is_queued = true;
    TAILQ_INSERT_TAIL(&queue.waiting, connection, listed);
    queue.length++;
}

static void dequeue(struct connection *connection)
{
    TAILQ_REMOVE(&queue.waiting, connection, listed);
    connection->is_queued = false;
    queue.length--;
}

/* False: it has to wait. */
static bool begin(struct connection *connection)
{
    for (struct worker *spare; workers_count(WORKER_BUSY) < serve.workers && (spare = workers_first(WORKER_SPARE));) {
        if (hand_over(spare, connection))
            return true;
        spare_end(spare);
    }
    return false;
}

unsigned queue_length(void)
{
    return queue.length;
}

bool queue_is_closed(void)
{
    return queue.is_closed;
}

bool queue_is_full(void)
{
    return workers_count(WORKER_BUSY) + queue.length >= serve.workers + serve.queue;
}

bool queue_submit(struct connection *connection)
{
    if (!queue.length && begin(connection))
        return true;
    if (queue_is_full())
        return false;
    enqueue(connection);
    if (workers_count(WORKER_BUSY) < serve.workers)
        spares_want_more();
    return true;
}

void queue_serve(void)
{
    for (struct connection *first; (first = TAILQ_FIRST(&queue.waiting)) && begin(first);)
        dequeue(first);
}

void queue_abandon(struct connection *connection)
{
    if (connection->is_queued)
        dequeue(connection);
    if (!connection->worker)
        return;
    struct worker *worker = connection->worker;
    worker->client = NULL;
    connection->worker = NULL;
    if (worker->state != WORKER_BUSY)
        return; /* its run is over: the log lines alone are under way */
    if (!worker->run.termination)
        worker->run.termination = SIGTERM;
    run_end(&worker->run, SIGTERM);
}

static void abort_run(struct connection *connection)
{
    dequeue(connection);
    connection->keep_alive = false; /* with what came behind it */
    answer_plainly(connection, 500, "Direktiv-ErrorCode: fn.terminated\r\n", "it was asked to end before the handler began");
}

void queue_end(void)
{
    queue.is_closed = true;
    while (queue.length)
        abort_run(TAILQ_FIRST(&queue.waiting));
}

void queue_refuse(void)
{
    for (struct connection *first; (first = TAILQ_FIRST(&queue.waiting));) {
        dequeue(first);
        answer_plainly(first, 503, "Retry-After: 1\r\n", NO_PROCESS);
    }
}

static bool is_of(const struct connection *connection, const char *action)
{
    const char *id = request_header(connection, "direktiv-actionid");
    return id && !strcmp(id, action);
}

void queue_cancel(const char *action)
{
    struct connection *each;
    TAILQ_FOREACH(each, &queue.waiting, listed)
        if (is_of(each, action)) {
            abort_run(each);
            return;
        }
    for (struct worker *busy = workers_first(WORKER_BUSY); busy; busy = TAILQ_NEXT(busy, of_state))
        if (busy->client && is_of(busy->client, action)) {
            run_on_signal(&busy->run, SIGTERM);
            return;
        }
}
