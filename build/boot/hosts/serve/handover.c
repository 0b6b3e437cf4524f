/* A request is given to a spare: its head through the memory that both share, and its body when it is short, else as a
 * descriptor. */
#include "hosts/serve/handover.h"

#include "hosts/function_process.h"
#include "hosts/http/bodies.h"
#include "hosts/http/connection.h"
#include "hosts/http/request.h"
#include "hosts/serve/direktiv.h"
#include "hosts/serve/sidecar_log.h"
#include "hosts/serve/serve_options.h"
#include "hosts/serve/spares.h"
#include "hosts/worker.h"

#include <stdio.h>
#include <string.h>

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

bool hand_over(struct worker *worker, struct connection *connection)
{
    struct report *report = worker->run.report;
    const char *trace = request_header(connection, "traceparent");
    name_handler(worker->handler, connection->head);
    strcpy(report->handler, worker->handler);
    strcpy(worker->id, connection->id);
    strcpy(worker->trace, is_trace(trace) ? trace : "");
    direktiv_labels(worker->labels, connection);
    report->request_length = (uint32_t)connection->head_used;
    report->body_length = connection->body < 0 ? (uint32_t)connection->body_length : 0;
    memcpy(report->request, connection->head, connection->head_used + report->body_length);
    if (!function_process_begin(worker, connection->body, serve.timeout))
        return false;
    body_drop(connection);
    sidecar_log_begin(&worker->sidecar_log, request_header(connection, "direktiv-actionid"));
    worker->client = connection;
    connection->worker = worker;
    worker_set_state(worker, WORKER_BUSY);
    spares_note_used();
    return true;
}
