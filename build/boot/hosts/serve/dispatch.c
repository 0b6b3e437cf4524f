/* What becomes of a request that is whole: a run, or an answer without one. */
#include "hosts/serve/dispatch.h"

#include "hosts/http/answer.h"
#include "hosts/http/connection.h"
#include "hosts/http/listener.h"
#include "hosts/http/request.h"
#include "hosts/serve/metrics.h"
#include "hosts/serve/queue.h"
#include "hosts/serve/spares.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ABOUT_TO_END "about to end"

static const char *const alive[] = {"/health/liveness", "/healthz", "/livez", "/up", "/_/health"};
static const char *const ready[] = {"/health/readiness", "/readyz", "/_/ready"};

static bool is_among(const char *target, const char *const *paths, size_t count)
{
    size_t length = strcspn(target, "?");
    for (size_t i = 0; i < count; i++)
        if (strlen(paths[i]) == length && !strncmp(paths[i], target, length))
            return true;
    return false;
}

static bool answer_health(struct connection *c)
{
    bool asks = c->parser.method == HTTP_GET || c->parser.method == HTTP_HEAD;
    if (!asks)
        return false;
    if (is_among(c->head, alive, sizeof alive / sizeof *alive)) {
        answer_plainly(c, 200, "", "alive");
        return true;
    }
    if (!is_among(c->head, ready, sizeof ready / sizeof *ready))
        return false;
    if (!listener_is_open())
        answer_plainly(c, 503, "", ABOUT_TO_END);
    else if (spares_are_lacking())
        answer_plainly(c, 503, "", NO_PROCESS);
    else if (queue_is_full())
        answer_plainly(c, 429, "", "busy");
    else
        answer_plainly(c, 200, "", "ready");
    return true;
}

void dispatch_refusal(struct connection *c)
{
    static const struct {
        int status;
        const char *message;
    } refusals[] = {
        {400, "this is no request as RFC 9112 has it"},
        {408, "the request did not come in time"},
        {413, "the body is too large; --max-body says how large it may be"},
        {414, "the line of the request is too long"},
        {415, "of CloudEvents one at a time is taken, in JSON: no batch, no other format"},
        {417, "of expectations 100-continue alone is met"},
        {431, "the headers are too long"},
        {503, ABOUT_TO_END},
        {501, "of transfer codings chunked alone is known"},
        {505, "of the versions of HTTP 1.1 and 1.0 are spoken"},
        {507, "there is no memory for the body beside those of other requests"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (refusals[i].status == c->refusal)
            answer_plainly(c, c->refusal, c->refusal == 507 ? "Retry-After: 1\r\n" : "", refusals[i].message);
}

void dispatch(struct connection *c)
{
    static unsigned long long number;
    const char *action = request_header(c, "direktiv-actionid");
    snprintf(c->id, sizeof c->id, "%x-%llu", (unsigned)getpid(), ++number);
    loop_set(&c->timer, HUGE_VAL);
    if (c->body >= 0)
        lseek(c->body, 0, SEEK_SET);
    c->state = WAITING;
    c->keep_alive = llhttp_should_keep_alive(&c->parser);
    if (c->refusal) {
        dispatch_refusal(c);
    } else if (c->is_metrics) {
        metrics_answer(c);
    } else if (answer_health(c)) {
        return;
    } else if (c->parser.method == HTTP_DELETE && action) {
        queue_cancel(action);
        answer_plainly(c, 200, "", "ended");
    } else if (c->parser.method != HTTP_POST) {
        answer_plainly(c, 405, "Allow: POST\r\n", "a handler is run with POST");
    } else if (queue_is_closed()) {
        answer_plainly(c, 503, "", ABOUT_TO_END);
    } else if (spares_are_lacking()) {
        answer_plainly(c, 503, "Retry-After: 1\r\n", NO_PROCESS);
    } else if (!queue_submit(c)) {
        answer_plainly(c, 503, "Retry-After: 1\r\n", "all workers are busy, and as many requests wait as may");
    } else {
        loop_change(&c->socket, EPOLLRDHUP);
    }
}
