#pragma once

#include "shared/report.h"
#include "supervisor/loop.h"

#include <llhttp.h>
#include <sys/queue.h>
#include <sys/types.h>

enum {
    HEAD_MOST = REQUEST_MAX,  /* bytes of a request's line and headers */
    PENDING_MOST = 16 * 1024, /* bytes that came behind a request that is not answered yet */
};
enum connection_state { READING, WAITING, ANSWERING, LINGERING };
struct worker;
struct connection {
    struct watched socket;
    struct timer timer;
    enum connection_state state;
    llhttp_t parser;
    TAILQ_ENTRY(connection) listed; /* in the queue, or among those that are idle or unused */
    struct worker *worker;
    char id[32];
    double began;         /* the request, whole */
    double reading_until; /* however steadily it comes */
    double answering_until; /* however steadily the answer is taken */
    bool is_metrics; /* from the port of metrics */
    bool is_idle, is_queued, has_begun, keep_alive, head_only, expects_continue;
    int refusal;          /* the status of the answer, when there is no run */
    int body;             /* a nameless file; -1: none, or it lies behind the head, as short ones do */
    uint64_t body_length;
    uint64_t body_held;   /* of it, bytes in that file (http/bodies.c) */
    bool body_is_short;   /* and its length is known */
    int file;             /* the answer's body: a nameless file, from `file_at` on; -1: none */
    off_t file_at, file_end;
    size_t out_length, out_done;
    size_t head_used, pending_length;
    char out[HEAD_MOST];
    char head[HEAD_MOST]; /* the target, then names and values, each with a zero behind it; names in small letters */
    char pending[PENDING_MOST];
};
bool connections_open(unsigned most);
void connection_greet(int fd, bool is_metrics); /* a new one */
void connection_answered(struct connection *connection);
void connections_hurry(void); /* the server ends: what is not whole is refused, and what is sent has a moment left */
void connection_go_on(struct connection *connection); /* after events: what came behind the last request */
