/* One client: its bytes become requests (llhttp), one at a time, and each gets exactly one answer. What comes behind a
 * request waits until that is answered (pipelining). Nothing that a client sends ever names a file. */
#include "hosts/serve.h"

#include "hosts/nameless_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 64 * 1024, BACKLOG = 4096 };
static const double IDLE = 150, HEAD = 15, BODY_REST = 30, BODY = 900, LINGER = 2; /* seconds */

static struct {
    struct connection *all;
    char *bytes;                  /* AT_ONCE, what was read last; functions do not get it */
    struct connection *unused;    /* through `next` */
    struct connection *first, *last; /* those that are idle, the longest first */
    unsigned most, ever, busy;
    struct watched listener;
    bool draining;
} clients;

static llhttp_settings_t callbacks;

/* ---- idle ones ---- */

static void become_idle(struct connection *c)
{
    c->is_idle = true;
    c->next = NULL;
    c->previous = clients.last;
    *(clients.last ? &clients.last->next : &clients.first) = c;
    clients.last = c;
    loop_set(&c->timer, monotonic_now() + IDLE);
}

static void leave_idle(struct connection *c)
{
    if (!c->is_idle)
        return;
    *(c->previous ? &c->previous->next : &clients.first) = c->next;
    *(c->next ? &c->next->previous : &clients.last) = c->previous;
    c->is_idle = false;
}

/* ---- end ---- */

static void set_busy(struct connection *c, bool busy)
{
    clients.busy += (unsigned)busy - (unsigned)c->has_begun;
    c->has_begun = busy;
}

static void drop_body(struct connection *c)
{
    if (c->body >= 0)
        close(c->body);
    if (c->file >= 0)
        close(c->file);
    c->body = c->file = -1;
}

static void end(struct connection *c)
{
    workers_abandon(c);
    leave_idle(c);
    set_busy(c, false);
    loop_set(&c->timer, HUGE_VAL);
    loop_forget(&c->socket);
    close(c->socket.fd);
    c->socket.fd = -1;
    drop_body(c);
    c->next = clients.unused;
    clients.unused = c;
}

/* Closing at once may take an answer away from a client that still sends: it is given a moment to read. */
static void linger(struct connection *c)
{
    c->state = LINGERING;
    shutdown(c->socket.fd, SHUT_WR);
    set_busy(c, false);
    drop_body(c);
    loop_change(&c->socket, EPOLLIN);
    loop_set(&c->timer, monotonic_now() + LINGER);
}

/* ---- what llhttp tells ---- */

static struct connection *connection_of(llhttp_t *parser)
{
    return (struct connection *)((char *)parser - offsetof(struct connection, parser));
}

static int refuse(struct connection *c, int status)
{
    c->refusal = status;
    return HPE_USER;
}

static int add_to_head(struct connection *c, const char *at, size_t length, bool small)
{
    if (length > HEAD_MOST - c->head_used)
        return refuse(c, 431);
    for (size_t i = 0; i < length; i++)
        c->head[c->head_used++] = small && at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] + 32) : at[i];
    return 0;
}

static int end_in_head(llhttp_t *parser)
{
    return add_to_head(connection_of(parser), "", 1, false);
}

static int on_begin(llhttp_t *parser)
{
    struct connection *c = connection_of(parser);
    leave_idle(c);
    set_busy(c, true);
    c->began = monotonic_now();
    c->reading_until = c->began + HEAD;
    loop_set(&c->timer, c->reading_until);
    return 0;
}

static int on_target(llhttp_t *parser, const char *at, size_t length)
{
    return add_to_head(connection_of(parser), at, length, false) ? refuse(connection_of(parser), 414) : 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t length)
{
    return add_to_head(connection_of(parser), at, length, true);
}

static int on_value(llhttp_t *parser, const char *at, size_t length)
{
    return add_to_head(connection_of(parser), at, length, false);
}

const char *connection_header(const struct connection *c, const char *name)
{
    const char *next = c->head + strlen(c->head) + 1, *end = c->head + c->head_used;
    while (next < end) {
        const char *value = next + strlen(next) + 1;
        if (!strcmp(next, name))
            return value;
        next = value + strlen(value) + 1;
    }
    return NULL;
}

static bool begins_with(const char *text, const char *beginning)
{
    return text && !strncasecmp(text, beginning, strlen(beginning));
}

static int on_head(llhttp_t *parser)
{
    struct connection *c = connection_of(parser);
    const char *expects = connection_header(c, "expect");
    parser->upgrade = 0; /* to another protocol: not here, and HTTP/1.1 goes on */
    c->head_only = parser->method == HTTP_HEAD;
    c->reading_until = c->began + BODY;
    if (parser->flags & F_CONTENT_LENGTH && parser->content_length > serve.max_body)
        return refuse(c, 413);
    if (begins_with(connection_header(c, "content-type"), "application/cloudevents-batch"))
        c->refusal = 415;
    if (parser->http_minor && !connection_header(c, "host"))
        c->refusal = 400;
    if (expects && strcasecmp(expects, "100-continue") != 0)
        c->refusal = 417;
    c->expects_continue = expects && !c->refusal && (parser->content_length || parser->flags & F_CHUNKED);
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct connection *c = connection_of(parser);
    c->expects_continue = false;
    if (length > serve.max_body - c->body_length)
        return refuse(c, 413);
    c->body_length += length;
    if (c->refusal)
        return 0;
    if (c->body < 0)
        c->body = nameless_file();
    if (c->body < 0 || !write_whole(c->body, at, length))
        return refuse(c, 507);
    return 0;
}

static int on_end(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

/* ---- a request ---- */

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
    if (clients.draining)
        answer_plainly(c, 503, "", "about to end");
    else if (workers_busy() >= serve.workers + serve.queue)
        answer_plainly(c, 429, "", "busy");
    else
        answer_plainly(c, 200, "", "ready");
    return true;
}

static void answer_refusal(struct connection *c)
{
    static const struct {
        int status;
        const char *message;
    } refusals[] = {
        {400, "this is no request as RFC 9112 has it"},
        {408, "the request did not come in time"},
        {413, "the body is too large; --max-body says how large it may be"},
        {414, "the line of the request is too long"},
        {415, "one event at a time: batches of CloudEvents are not taken"},
        {417, "of expectations 100-continue alone is met"},
        {431, "the headers are too long"},
        {507, "there is no memory for the body"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (refusals[i].status == c->refusal)
            answer_plainly(c, c->refusal, "", refusals[i].message);
}

static void dispatch(struct connection *c)
{
    static unsigned long long number;
    const char *action = connection_header(c, "direktiv-actionid");
    snprintf(c->id, sizeof c->id, "%x-%llu", (unsigned)getpid(), ++number);
    loop_set(&c->timer, HUGE_VAL);
    if (c->body >= 0)
        lseek(c->body, 0, SEEK_SET);
    c->state = WAITING;
    c->keep_alive = llhttp_should_keep_alive(&c->parser) && !clients.draining;
    if (c->refusal) {
        answer_refusal(c);
    } else if (answer_health(c)) {
        return;
    } else if (c->parser.method == HTTP_DELETE && action) {
        workers_cancel(action);
        answer_plainly(c, 200, "", "ended");
    } else if (c->parser.method != HTTP_POST) {
        answer_plainly(c, 405, "Allow: POST\r\n", "a handler is run with POST");
    } else if (!workers_submit(c)) {
        answer_plainly(c, 503, "Retry-After: 1\r\n", "all workers are busy, and as many requests wait as may");
    } else {
        loop_change(&c->socket, EPOLLRDHUP);
    }
}

/* ---- reading ---- */

static void make_ready(struct connection *c)
{
    c->state = READING;
    c->refusal = 0;
    c->head_used = c->out_length = c->out_done = 0;
    c->body_length = 0;
    c->id[0] = 0;
    c->head_only = c->expects_continue = false;
    drop_body(c);
    set_busy(c, false);
}

static void feed(struct connection *c, const char *bytes, size_t length)
{
    llhttp_errno_t found = llhttp_execute(&c->parser, bytes, length);
    if (found == HPE_OK) {
        if (c->expects_continue && c->has_begun) {
            static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
            c->expects_continue = false;
            if (send(c->socket.fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof go_on - 1)
                end(c);
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
    leave_idle(c);
    set_busy(c, true);
    c->state = WAITING;
    c->keep_alive = false;
    loop_set(&c->timer, HUGE_VAL);
    add_to_head(c, "", 1, false); /* whatever there is of a line */
    c->head[HEAD_MOST - 1] = 0;
    answer_refusal(c);
}

void connection_go_on(struct connection *c)
{
    while (c->socket.fd >= 0 && c->state == READING && c->pending_length) {
        size_t length = c->pending_length;
        c->pending_length = 0;
        memcpy(clients.bytes, c->pending, length);
        feed(c, clients.bytes, length);
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
    ssize_t length = recv(c->socket.fd, clients.bytes, how_much(c), MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        end(c);
        return;
    }
    if (c->has_begun && c->body >= 0)
        loop_set(&c->timer, fmin(c->reading_until, monotonic_now() + BODY_REST));
    feed(c, clients.bytes, (size_t)length);
    connection_go_on(c);
}

static void is_ready(struct watched *socket, uint32_t events)
{
    struct connection *c = (struct connection *)((char *)socket - offsetof(struct connection, socket));
    switch (c->state) {
    case READING:
        read_some(c);
        return;
    case WAITING: /* it has closed its side, and with it the run */
        if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            end(c);
        return;
    case ANSWERING:
        answer_send(c);
        connection_go_on(c);
        return;
    case LINGERING:
        if (recv(socket->fd, clients.bytes, AT_ONCE, MSG_DONTWAIT) == 0 || events & (EPOLLHUP | EPOLLERR))
            end(c);
    }
}

static void time_is_up(struct timer *timer)
{
    struct connection *c = (struct connection *)((char *)timer - offsetof(struct connection, timer));
    if (c->state != READING || !c->has_begun) {
        end(c);
        return;
    }
    c->refusal = 408;
    c->state = WAITING;
    c->keep_alive = false;
    if (!c->head_used || c->head[c->head_used - 1])
        add_to_head(c, "", 1, false);
    c->head[HEAD_MOST - 1] = 0;
    answer_refusal(c);
}

void connection_answered(struct connection *c)
{
    if (!c->keep_alive) {
        linger(c);
        return;
    }
    make_ready(c);
    loop_change(&c->socket, EPOLLIN);
    become_idle(c);
}

/* ---- beginning ---- */

static struct connection *new_connection(void)
{
    struct connection *c = clients.unused;
    if (!c && clients.ever == clients.most && clients.first)
        end(clients.first); /* somebody who has been silent for longest makes room */
    c = clients.unused;
    if (c)
        clients.unused = c->next;
    else if (clients.ever < clients.most)
        c = &clients.all[clients.ever++];
    return c;
}

static void greet(int fd)
{
    struct connection *c = new_connection();
    int yes = 1;
    if (!c) {
        close(fd);
        return;
    }
    memset(c, 0, offsetof(struct connection, out));
    c->socket = (struct watched){.ready = is_ready, .fd = fd};
    c->timer.fire = time_is_up;
    c->body = c->file = -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    llhttp_init(&c->parser, HTTP_REQUEST, &callbacks);
    make_ready(c);
    if (loop_watch(&c->socket, EPOLLIN)) {
        become_idle(c);
        return;
    }
    close(fd);
    c->socket.fd = -1;
    c->next = clients.unused;
    clients.unused = c;
}

static void take_clients(struct watched *listener, uint32_t events)
{
    (void)events;
    for (int i = 0; i < 64; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE) && clients.first) {
            end(clients.first);
            continue;
        }
        if (fd < 0)
            return;
        greet(fd);
    }
}

bool connections_open(unsigned most)
{
    size_t length = most * sizeof *clients.all + AT_ONCE;
    clients.most = most;
    clients.all = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (clients.all == MAP_FAILED || madvise(clients.all, length, MADV_DONTFORK) < 0)
        return false;
    clients.bytes = (char *)(clients.all + most);
    llhttp_settings_init(&callbacks);
    callbacks.on_message_begin = on_begin;
    callbacks.on_url = on_target;
    callbacks.on_url_complete = end_in_head;
    callbacks.on_header_field = on_name;
    callbacks.on_header_field_complete = end_in_head;
    callbacks.on_header_value = on_value;
    callbacks.on_header_value_complete = end_in_head;
    callbacks.on_headers_complete = on_head;
    callbacks.on_body = on_body;
    callbacks.on_message_complete = on_end;
    return true;
}

/* IPv6 with IPv4 inside of it where there is such, else IPv4. */
static int make_socket(void)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)serve.port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)serve.port)};
    int yes = 1, no = 0, fd = -1;
    bool any = !serve.address;
    bool is_six = any || inet_pton(AF_INET6, serve.address, &six.sin6_addr) == 1;
    bool is_four = any || inet_pton(AF_INET, serve.address, &four.sin_addr) == 1;
    if (!is_six && !is_four) {
        errno = EINVAL;
        return -1;
    }
    if (is_six && (fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) >= 0) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, any ? &no : &yes, sizeof no);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, (struct sockaddr *)&six, sizeof six) == 0)
            return fd;
        int reason = errno;
        close(fd);
        errno = reason;
        if (!any || reason == EADDRINUSE || reason == EACCES)
            return -1;
    }
    if (!is_four || (fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return bind(fd, (struct sockaddr *)&four, sizeof four) == 0 ? fd : -1;
}

bool connections_listen(void)
{
    struct sockaddr_in6 bound;
    socklen_t length = sizeof bound;
    clients.listener = (struct watched){.ready = take_clients, .fd = make_socket()};
    if (clients.listener.fd < 0 || listen(clients.listener.fd, BACKLOG) < 0)
        return false;
    if (getsockname(clients.listener.fd, (struct sockaddr *)&bound, &length) == 0)
        serve.port = ntohs(bound.sin6_port); /* at the same place in both families; 0 was asked for */
    return loop_watch(&clients.listener, EPOLLIN);
}

void connections_drain(void)
{
    clients.draining = true;
    loop_forget(&clients.listener);
    close(clients.listener.fd);
    while (clients.first)
        end(clients.first);
}

unsigned connections_count(void)
{
    return clients.busy;
}
