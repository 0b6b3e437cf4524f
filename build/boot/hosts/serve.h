/* The host of HTTP, part by part (docs/hosts.md):
 *
 *   serve.c          it begins, takes signals, drains and ends
 *   serve_options.c  what it was asked for
 *   connection.c     one client: from bytes to requests, and back
 *   answer.c         what a client is sent
 *   worker.c         processes that wait for their one request, or are at it
 *   json_log.c       log lines on stdout
 *
 * All that it knows of its clients lies in memory that functions do not get (MADV_DONTFORK): what they may read of the
 * supervisor after a fork holds nothing of another request's. */
#ifndef FN_SERVE_H
#define FN_SERVE_H

#include "shared/clock.h"
#include "shared/report.h"
#include "shared/settings.h"
#include "supervisor/loop.h"
#include "supervisor/run.h"

#include <llhttp.h>

enum {
    HEAD_MOST = REQUEST_MAX,  /* bytes of a request's line and headers */
    PENDING_MOST = 16 * 1024, /* bytes that came behind a request that is not answered yet */
    WORKERS_MOST = 1000,
    CONNECTIONS_MOST = 12 * 1024,
};
#define RESULT_MOST (128LL << 20) /* bytes of a result: what the most generous of the callers takes */

/* ---- serve_options.c ---- */
struct serve {
    const char *handler; /* NULL: the path names it */
    const char *address;
    unsigned port, workers, spares, queue;
    uint64_t max_body;
    double timeout, drain;
    bool text_log, access_log;
    char complaint[160];
};
extern struct serve serve;
bool serve_read(struct serve *serve, char **words); /* false: a complaint */

/* ---- connection.c ---- */
enum connection_state { READING, WAITING, ANSWERING, LINGERING };
struct worker;
struct connection {
    struct watched socket;
    struct timer timer;
    enum connection_state state;
    llhttp_t parser;
    struct connection *next, *previous; /* in the queue, or among those that are idle */
    struct worker *worker;
    char id[32];
    double began;         /* the request, whole */
    double reading_until; /* however steadily it comes */
    bool is_idle, is_queued, has_begun, keep_alive, head_only, expects_continue, has_left;
    int refusal;          /* the status of the answer, when there is no run */
    int body;             /* a nameless file; -1: none */
    uint64_t body_length;
    int file;             /* the answer's body: a nameless file, from `file_at` on; -1: none */
    off_t file_at, file_end;
    size_t out_length, out_done;
    size_t head_used, pending_length;
    char out[HEAD_MOST];
    char head[HEAD_MOST]; /* the target, then names and values, each with a zero behind it; names in small letters */
    char pending[PENDING_MOST];
};
bool connections_open(unsigned most);
bool connections_listen(void); /* false: errno says why not */
void connections_drain(void);  /* no new ones; those without a request under way end */
unsigned connections_count(void); /* with a request under way */
const char *connection_header(const struct connection *connection, const char *name); /* NULL: there is none */
void connection_answered(struct connection *connection);
void connection_go_on(struct connection *connection); /* after events: what came behind the last request */

/* ---- answer.c ---- */
/* With a run: from its report. */
void answer_outcome(struct connection *connection, struct worker *worker);
/* Without: a status and a sentence; more headers, each with its end of line. */
void answer_plainly(struct connection *connection, int status, const char *headers, const char *message);
void answer_send(struct connection *connection); /* goes on, as far as the client takes it */

/* ---- worker.c ---- */
enum worker_state { WORKER_UNUSED, WORKER_SPARE, WORKER_BUSY, WORKER_LEAVING };
struct worker {
    struct run run;
    enum worker_state state;
    int channel; /* by which it is given its request; -1: it has one */
    struct connection *client; /* NULL: it has left */
    struct worker *next;       /* of the same state */
    char id[32], handler[HANDLER_MAX], trace[64];
    char room[PUMP_ROOM];
};
bool workers_open(int argc, char **argv);
void workers_keep_spares(void);
void workers_check(void); /* after events: which are over, and what waits for one */
bool workers_submit(struct connection *connection); /* false: the queue is full */
void workers_abandon(struct connection *connection); /* its client has left */
bool workers_cancel(const char *action); /* ends the run of this id of Direktiv's */
void workers_end(int number); /* asks all that are busy to end */
void workers_stop(void);      /* no spares any more */
unsigned workers_busy(void);

/* ---- json_log.c ---- */
void json_log_open(void);
size_t json_log_write(struct pump *pump, const char *lines, size_t length);
void json_log_say(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void json_log_access(const struct connection *connection, int status, uint64_t length);
void json_log_finish(void); /* what is left, if somebody takes it within a second */

int serve_run(int argc, char **argv); /* the exit status */

#endif
