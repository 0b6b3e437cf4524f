/* Processes for requests: each is a run, started before there is a request for it (a spare), used once, then gone. Their
 * number follows the load: a request that finds no spare asks for one more, a quiet second for one less. */
#include "hosts/serve.h"

#include "hosts/nameless_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/platform/x86.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK_USED = 64 * 1024 };         /* more than the server ever uses of it */
static const double QUIET = 1.0;       /* seconds after which a spare that nobody wanted is one too many */
static const double AFTER_FAILURE = 1.0; /* seconds without new spares when one could not start */

struct list {
    struct worker *first, **last;
};

static struct {
    struct worker *all;
    struct list spares, busy, leaving, unused;
    struct connection *first, *last; /* requests that wait */
    unsigned spare_count, busy_count, leaving_count, queued, wanted, fewest; /* fewest: spares since the last quiet second */
    struct timer quiet, retry;
    bool stopped;
    int argc;
    char **argv;
} workers;

/* ---- lists ---- */

static void append(struct list *list, struct worker *worker)
{
    worker->next = NULL;
    *list->last = worker;
    list->last = &worker->next;
}

static void take_out(struct list *list, struct worker *worker)
{
    struct worker **link = &list->first;
    while (*link != worker)
        link = &(*link)->next;
    *link = worker->next;
    if (list->last == &worker->next)
        list->last = link;
}

static void make_list(struct list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

/* ---- spares ---- */

static void note_quiet(struct timer *timer)
{
    if (workers.fewest && workers.wanted > serve.spares)
        workers.wanted--;
    workers.fewest = workers.spare_count;
    loop_set(timer, monotonic_now() + QUIET);
}

static void end_spare(struct worker *worker)
{
    take_out(&workers.spares, worker);
    workers.spare_count--;
    close(worker->channel); /* the sign for it to leave */
    worker->channel = -1;
    worker->state = WORKER_LEAVING;
    append(&workers.leaving, worker);
    workers.leaving_count++;
}

static void dispose(struct worker *worker)
{
    take_out(&workers.leaving, worker);
    workers.leaving_count--;
    munmap(worker->run.report, sizeof *worker->run.report);
    if (worker->run.output >= 0)
        close(worker->run.output);
    worker->state = WORKER_UNUSED;
    append(&workers.unused, worker);
}

static void make_run(struct worker *worker)
{
    struct run *run = &worker->run;
    *run = (struct run){.input = -1, .output = -1, .pump = {.write = json_log_write, .out = worker->room}};
    worker->channel = -1;
    worker->client = NULL;
    worker->id[0] = worker->handler[0] = worker->trace[0] = 0;
}

/* What a result is written into: no more than a result may have, so that nobody can fill the memory with it. */
static int result_file(void)
{
    int fd = nameless_file();
    if (fd >= 0 && ftruncate(fd, RESULT_MOST) == 0)
        fcntl(fd, F_ADD_SEALS, F_SEAL_GROW);
    return fd;
}

/* What the stack and the vector registers still hold of other requests is not inherited. */
__attribute__((noinline)) static void leave_no_traces(void)
{
    char used[STACK_USED];
    explicit_bzero(used, sizeof used);
    if (CPU_FEATURE_ACTIVE(AVX))
        __asm__ volatile("vzeroall" ::: "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                         "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/* False: errno says why there is none. */
static bool start_spare(void)
{
    struct worker *worker = workers.unused.first;
    int ends[2];
    if (!worker || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    make_run(worker);
    struct run *run = &worker->run;
    worker->channel = ends[0];
    run->input = ends[1];
    run->output = result_file();
    leave_no_traces();
    bool started = run->output >= 0 && run_start(run, HOST_HTTP, 0, workers.argc, workers.argv);
    int reason = errno;
    close(ends[1]);
    if (run->report)
        madvise(run->report, sizeof *run->report, MADV_DONTFORK);
    take_out(&workers.unused, worker);
    if (started && run_watch(run)) {
        worker->state = WORKER_SPARE;
        append(&workers.spares, worker);
        workers.spare_count++;
        return true;
    }
    run_call_off(run);
    close(worker->channel);
    if (run->output >= 0)
        close(run->output);
    if (run->report)
        munmap(run->report, sizeof *run->report);
    append(&workers.unused, worker);
    errno = reason;
    return false;
}

static void try_again(struct timer *timer)
{
    (void)timer;
}

static void put_off(const char *what)
{
    json_log_say("ERROR", "no process could be made ready: %s", what);
    loop_set(&workers.retry, monotonic_now() + AFTER_FAILURE);
}

void workers_keep_spares(void)
{
    while (!workers.stopped && !workers.retry.place && workers.spare_count < workers.wanted &&
           workers.spare_count + workers.busy_count < serve.workers)
        if (!start_spare()) {
            if (workers.unused.first)
                put_off(strerrordesc_np(errno));
            return;
        }
    while (workers.spare_count > workers.wanted)
        end_spare(workers.spares.first);
}

bool workers_open(int argc, char **argv)
{
    unsigned most = 2 * serve.workers + 16; /* those that leave are taken apart by the kernel meanwhile */
    workers.all = mmap(NULL, most * sizeof *workers.all, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (workers.all == MAP_FAILED || madvise(workers.all, most * sizeof *workers.all, MADV_DONTFORK) < 0)
        return false;
    make_list(&workers.spares);
    make_list(&workers.busy);
    make_list(&workers.leaving);
    make_list(&workers.unused);
    for (unsigned i = 0; i < most; i++)
        append(&workers.unused, &workers.all[i]);
    workers.argc = argc;
    workers.argv = argv;
    workers.wanted = serve.spares;
    workers.quiet.fire = note_quiet;
    workers.retry.fire = try_again;
    loop_set(&workers.quiet, monotonic_now() + QUIET);
    return true;
}

/* ---- requests ---- */

static bool send_request(struct worker *worker, int body)
{
    char byte = 1, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (body >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof body);
        memcpy(CMSG_DATA(header), &body, sizeof body);
    }
    return sendmsg(worker->channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

static bool is_trace(const char *text)
{
    size_t length = text ? strspn(text, "0123456789abcdef-") : 0;
    return length && length < sizeof((struct worker *)0)->trace && !text[length];
}

/* The handler that the path names, its escapes resolved; empty: none. What makes no sense is no handler's name either. */
static void name_handler(char name[HANDLER_MAX], const char *target)
{
    size_t used = 0;
    if (serve.handler) {
        strcpy(name, serve.handler);
        return;
    }
    for (const char *next = *target == '/' ? target + 1 : target; *next && *next != '?' && used < HANDLER_MAX - 1; next++) {
        unsigned byte = (unsigned char)*next;
        int read = 0;
        if (*next == '%' && sscanf(next + 1, "%2x%n", &byte, &read) == 1 && read == 2)
            next += 2;
        name[used++] = byte >= 0x20 ? (char)byte : '?';
    }
    name[used] = 0;
}

/* False: the spare had ended. */
static bool give(struct worker *worker, struct connection *connection)
{
    struct report *report = worker->run.report;
    const char *trace = connection_header(connection, "traceparent");
    name_handler(worker->handler, connection->head);
    strcpy(report->handler, worker->handler);
    strcpy(worker->id, connection->id);
    strcpy(worker->trace, is_trace(trace) ? trace : "");
    report->timeout = worker->run.timeout = serve.timeout;
    report->started = monotonic_now();
    report->request_length = (uint32_t)connection->head_used;
    memcpy(report->request, connection->head, connection->head_used);
    if (!send_request(worker, connection->body))
        return false;
    close(worker->channel);
    worker->channel = -1;
    if (serve.timeout > 0) {
        worker->run.deadline = report->started + serve.timeout;
        loop_set(&worker->run.timer, worker->run.deadline);
    }
    if (connection->body >= 0)
        close(connection->body);
    connection->body = -1;
    worker->client = connection;
    connection->worker = worker;
    worker->state = WORKER_BUSY;
    take_out(&workers.spares, worker);
    append(&workers.busy, worker);
    workers.spare_count--;
    workers.busy_count++;
    if (workers.spare_count < workers.fewest)
        workers.fewest = workers.spare_count;
    return true;
}

/* False: it has to wait. */
static bool begin(struct connection *connection)
{
    while (workers.busy_count < serve.workers) {
        if (!workers.spares.first) {
            if (workers.wanted < serve.workers)
                workers.wanted++;
            if (workers.stopped || !start_spare())
                return false;
        }
        if (give(workers.spares.first, connection))
            return true;
        end_spare(workers.spares.first);
    }
    return false;
}

static void enqueue(struct connection *connection)
{
    connection->is_queued = true;
    connection->next = NULL;
    connection->previous = workers.last;
    *(workers.last ? &workers.last->next : &workers.first) = connection;
    workers.last = connection;
    workers.queued++;
}

static void dequeue(struct connection *connection)
{
    *(connection->previous ? &connection->previous->next : &workers.first) = connection->next;
    *(connection->next ? &connection->next->previous : &workers.last) = connection->previous;
    connection->is_queued = false;
    workers.queued--;
}

bool workers_submit(struct connection *connection)
{
    if (!workers.first && begin(connection))
        return true;
    if (workers.queued >= serve.queue)
        return false;
    enqueue(connection);
    return true;
}

void workers_abandon(struct connection *connection)
{
    if (connection->is_queued)
        dequeue(connection);
    if (!connection->worker)
        return;
    connection->worker->client = NULL;
    if (!connection->worker->run.termination)
        connection->worker->run.termination = SIGTERM;
    run_end(&connection->worker->run, SIGTERM);
    connection->worker = NULL;
}

static bool is_of(const struct connection *connection, const char *action)
{
    const char *id = connection_header(connection, "direktiv-actionid");
    return id && !strcmp(id, action);
}

bool workers_cancel(const char *action)
{
    for (struct connection *each = workers.first; each; each = each->next)
        if (is_of(each, action)) {
            dequeue(each);
            answer_plainly(each, 500, "Direktiv-ErrorCode: fn.terminated\r\n", "the action was cancelled before the handler began");
            return true;
        }
    for (struct worker *each = workers.busy.first; each; each = each->next)
        if (each->client && is_of(each->client, action)) {
            run_take_signal(&each->run, SIGTERM);
            return true;
        }
    return false;
}

void workers_end(int number)
{
    for (struct worker *each = workers.busy.first; each; each = each->next)
        run_take_signal(&each->run, number);
}

void workers_stop(void)
{
    workers.stopped = true;
    while (workers.spares.first)
        end_spare(workers.spares.first);
}

unsigned workers_busy(void)
{
    return workers.busy_count + workers.queued;
}

/* ---- ends ---- */

static void finish(struct worker *worker)
{
    struct connection *client = worker->client;
    take_out(&workers.busy, worker);
    workers.busy_count--;
    worker->state = WORKER_LEAVING;
    append(&workers.leaving, worker);
    workers.leaving_count++;
    run_drain(&worker->run);
    if (client) {
        client->worker = NULL;
        worker->client = NULL;
        answer_outcome(client, worker);
        connection_go_on(client);
    }
}

static void lose_spare(struct worker *worker)
{
    end_spare(worker);
    run_drain(&worker->run);
    put_off("it ended before it had a request; the log may say why");
}

void workers_check(void)
{
    bool disposed = false;
    for (struct worker *each = workers.busy.first, *next; each; each = next) {
        next = each->next;
        if (run_is_over(&each->run))
            finish(each);
    }
    for (struct worker *each = workers.spares.first, *next; each; each = next) {
        next = each->next;
        if (each->run.function.ended)
            lose_spare(each);
    }
    for (struct worker *each = workers.leaving.first, *next; each; each = next) {
        next = each->next;
        if (each->run.function.ended) {
            if (each->run.log.fd >= 0)
                run_drain(&each->run);
            dispose(each);
            disposed = true;
        }
    }
    if (disposed)
        function_end_orphans();
    while (workers.first) {
        struct connection *first = workers.first;
        if (!begin(first))
            break;
        dequeue(first);
    }
    workers_keep_spares();
}
