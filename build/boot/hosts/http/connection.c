/* One client: its bytes become requests (request.c), one at a time, and each gets exactly one answer. What comes behind a
 * request waits until that is answered (pipelining). Nothing that a client sends ever names a file. */
#include "hosts/http/connection.h"

#include "hosts/http/answer.h"
#include "hosts/http/clients.h"
#include "hosts/http/request.h"
#include "hosts/serve/dispatch.h"
#include "shared/clock.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 64 * 1024 };

static char *bytes_read; /* AT_ONCE, what was read last; functions do not get it */

/* ---- reading ---- */

static void make_ready(struct connection *c)
{
    c->state = READING;
    c->refusal = 0;
    c->head_used = c->out_length = c->out_done = 0;
    c->body_length = 0;
    c->id[0] = 0;
    c->head_only = c->expects_continue = false;
    client_drop_files(c);
    client_set_busy(c, false);
}

static void feed(struct connection *c, const char *bytes, size_t length)
{
    llhttp_errno_t found = llhttp_execute(&c->parser, bytes, length);
    if (found == HPE_OK) {
        if (c->expects_continue && c->has_begun) {
            static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
            c->expects_continue = false;
            if (send(c->socket.fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof go_on - 1)
                client_end(c);
        }
        return;
    }
    if (found == HPE_PAUSED) {
        const char *rest = llhttp_get_error_pos(&c->parser);
        c->pending_length = (size_t)(bytes + length - rest);
        memcpy(c->pending, rest, c->pending_length);
        llhttp_resume(&c->parser);
        dispatch(c);
        return;
    }
    if (!c->refusal || (found != HPE_USER && found != HPE_CB_HEADERS_COMPLETE))
        c->refusal = 400;
    client_has_begun(c);
    c->state = WAITING;
    c->keep_alive = false;
    loop_set(&c->timer, HUGE_VAL);
    request_cut(c);
    dispatch_refusal(c);
}

void connection_go_on(struct connection *c)
{
    while (c->socket.fd >= 0 && c->state == READING && c->pending_length) {
        size_t length = c->pending_length;
        c->pending_length = 0;
        memcpy(bytes_read, c->pending, length);
        feed(c, bytes_read, length);
    }
}

/* Never more than what may be kept of what comes behind the request. */
static size_t how_much(const struct connection *c)
{
    uint64_t left = c->body_length || c->body >= 0 ? c->parser.content_length : 0;
    bool counted = c->parser.flags & F_CONTENT_LENGTH && c->has_begun;
    uint64_t most = counted ? left + PENDING_MOST : PENDING_MOST;
    return most < AT_ONCE ? (size_t)most : AT_ONCE;
}

static void read_some(struct connection *c)
{
    ssize_t length = recv(c->socket.fd, bytes_read, how_much(c), MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        client_end(c);
        return;
    }
    feed(c, bytes_read, (size_t)length);
    connection_go_on(c);
}

static void is_ready(struct watched *socket, uint32_t events)
{
    struct connection *c = CONTAINER_OF(socket, struct connection, socket);
    switch (c->state) {
    case READING:
        read_some(c);
        return;
    case WAITING: /* it has closed its side, and with it the run */
        if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            client_end(c);
        return;
    case ANSWERING:
        answer_send(c);
        connection_go_on(c);
        return;
    case LINGERING:
        if (recv(socket->fd, bytes_read, AT_ONCE, MSG_DONTWAIT) == 0 || events & (EPOLLHUP | EPOLLERR))
            client_end(c);
    }
}

/* Answers a request that is not whole, and will not be. */
static void cut_short(struct connection *c, int status)
{
    c->refusal = status;
    c->state = WAITING;
    c->keep_alive = false;
    loop_set(&c->timer, HUGE_VAL);
    request_cut(c);
    dispatch_refusal(c);
}

static void time_is_up(struct timer *timer)
{
    struct connection *c = CONTAINER_OF(timer, struct connection, timer);
    if (c->state == READING && c->has_begun)
        cut_short(c, 408);
    else
        client_end(c);
}

static void hurry(struct connection *c)
{
    if (c->state == READING && c->has_begun)
        cut_short(c, 503);
    else if (c->state == ANSWERING)
        answer_hurry(c);
}

void connections_hurry(void)
{
    answers_hurry();
    clients_each(hurry);
}

void connection_answered(struct connection *c)
{
    if (!c->keep_alive) {
        client_linger(c);
        return;
    }
    make_ready(c);
    loop_change(&c->socket, EPOLLIN);
    client_set_idle(c);
}

/* ---- beginning ---- */

void connection_greet(int fd, bool is_metrics)
{
    struct connection *c = client_new();
    int yes = 1;
    if (!c) {
        close(fd);
        return;
    }
    memset(c, 0, offsetof(struct connection, out));
    c->socket = (struct watched){.ready = is_ready, .fd = fd};
    c->timer.fire = time_is_up;
    c->is_metrics = is_metrics;
    c->body = c->file = -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    request_expect(c);
    make_ready(c);
    if (loop_watch(&c->socket, EPOLLIN)) {
        client_set_idle(c);
        return;
    }
    client_end(c);
}

bool connections_open(unsigned most)
{
    bytes_read = mmap(NULL, AT_ONCE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    requests_open();
    return bytes_read != MAP_FAILED && madvise(bytes_read, AT_ONCE, MADV_DONTFORK) == 0 && clients_open(most);
}
