#pragma once

#include "hosts/http/http_client.h"
#include "supervisor/run.h"

#include <sys/queue.h>

struct connection;
enum { WORKER_ID_MAX = 72, LABELS_MAX = 768, ACTION_MAX = 128 };
/* Log lines that Direktiv's sidecar gets, too (serve/sidecar_log.c). */
struct sidecar_log {
    char action[ACTION_MAX]; /* the id that Direktiv has given the request; empty: there is nobody to tell */
    int file;                /* the lines so far: a nameless file; -1: none */
    size_t length;
    unsigned lost; /* lines that were too many */
    struct http_client client;
};
enum worker_state { WORKER_UNUSED, WORKER_SPARE, WORKER_BUSY, WORKER_TELLING, WORKER_LEAVING, WORKER_STATES };
struct worker {
    struct run run;
    enum worker_state state;
    int channel; /* by which it is given its request; -1: it has one */
    struct connection *client; /* NULL: it has left */
    TAILQ_ENTRY(worker) of_state; /* the others of the same state */
    char id[WORKER_ID_MAX], handler[HANDLER_MAX], trace[64];
    char labels[LABELS_MAX];        /* for its log lines: names and values, each with a zero behind it, one more at the end */
    struct sidecar_log sidecar_log; /* what is being told while the state is WORKER_TELLING */
    char room[LOG_WRITER_ROOM];
};
bool workers_open(void);
struct worker *workers_first(enum worker_state state); /* the others through `of_state` */
unsigned workers_count(enum worker_state state);
void worker_set_state(struct worker *worker, enum worker_state state);
size_t worker_log(struct log_writer *writer, const char *lines, size_t length);
void workers_end(int number); /* asks all that are busy to end */
void workers_check(void);     /* after events: which are over */
void workers_dispose(void);   /* of what is left of those, when nothing is more urgent */
