/* See http_client.h. The states of a request: connecting, sending, reading. An answer may come while the request is still
 * being sent (413); it is read then, and the connection is not used again. */
#include "hosts/http/http_client.h"

#include "hosts/http/headers.h"
#include "hosts/http/http_answer.h"
#include "hosts/http/peer_address.h"
#include "shared/clock.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { AT_ONCE = 32 * 1024 };

/* ---- the end of a request ---- */

static void disconnect(struct http_client *client)
{
    if (client->socket.fd < 0)
        return;
    if (client->state != HTTP_IDLE)
        loop_unwatch(&client->socket);
    close(client->socket.fd);
    client->socket.fd = -1;
}

static void conclude(struct http_client *client, enum http_outcome outcome)
{
    loop_set(&client->timer, HUGE_VAL);
    if (client->keep)
        loop_unwatch(&client->socket);
    else
        disconnect(client);
    client->state = HTTP_IDLE;
    client->answered(client, outcome);
}

static void time_is_up(struct timer *timer)
{
    struct http_client *client = CONTAINER_OF(timer, struct http_client, timer);
    conclude(client, client->failure != HTTP_ANSWERED ? client->failure : client->state == HTTP_CONNECTING ? HTTP_REFUSED : HTTP_LATE);
}

/* ---- the answer ---- */

static void read_some(struct http_client *client)
{
    char bytes[AT_ONCE];
    ssize_t length = recv(client->socket.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    llhttp_errno_t found = length > 0 ? llhttp_execute(&client->parser, bytes, (size_t)length)
        : length == 0                 ? llhttp_finish(&client->parser)
                                      : HPE_USER;
    if (client->is_whole && (found == HPE_OK || found == HPE_PAUSED)) {
        bool more = length > 0 && llhttp_get_error_pos(&client->parser) != bytes + length; /* what nobody has asked for */
        client->keep = length > 0 && !more && client->state == HTTP_READING && llhttp_should_keep_alive(&client->parser);
        conclude(client, HTTP_ANSWERED);
    } else if (found != HPE_OK || length <= 0) {
        conclude(client, HTTP_LOST);
    }
}

/* ---- the request ---- */

static ssize_t send_part(struct http_client *client)
{
    const struct http_request *request = &client->request;
    size_t left = (size_t)(request->length - (uint64_t)client->body_done);
    if (client->out_done < client->out_length)
        return send(client->socket.fd, client->out + client->out_done, client->out_length - client->out_done,
                    MSG_NOSIGNAL | MSG_DONTWAIT | (left ? MSG_MORE : 0));
    if (request->file >= 0)
        return sendfile(client->socket.fd, request->file, &client->body_done, left);
    ssize_t sent = send(client->socket.fd, request->body + client->body_done, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    client->body_done += sent > 0 ? sent : 0;
    return sent;
}

static void send_some(struct http_client *client)
{
    while (client->out_done < client->out_length || (uint64_t)client->body_done < client->request.length) {
        bool is_head = client->out_done < client->out_length;
        ssize_t sent = send_part(client);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent <= 0) { /* it takes no more, or the file is shorter than was said; an answer may be there already */
            read_some(client);
            if (client->state == HTTP_SENDING)
                conclude(client, HTTP_LOST);
            return;
        }
        client->out_done += is_head ? (size_t)sent : 0;
    }
    client->state = HTTP_READING;
    loop_change(&client->socket, EPOLLIN);
}

static void is_ready(struct watched *socket, uint32_t events)
{
    struct http_client *client = CONTAINER_OF(socket, struct http_client, socket);
    if (client->state == HTTP_CONNECTING) {
        int problem = 0;
        socklen_t length = sizeof problem;
        getsockopt(socket->fd, SOL_SOCKET, SO_ERROR, &problem, &length);
        if (problem) {
            conclude(client, HTTP_REFUSED);
            return;
        }
        client->state = HTTP_SENDING;
        loop_change(socket, EPOLLIN | EPOLLOUT);
    } else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        read_some(client);
        return; /* the request may have been concluded, and another one begun */
    }
    if (client->state == HTTP_SENDING)
        send_some(client);
}

/* Whether a connection that was kept can be used: the peer has neither closed it nor sent what nobody has asked for. */
static bool is_sound(int fd)
{
    char byte;
    return fd >= 0 && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static bool connect_anew(struct http_client *client)
{
    int yes = 1;
    client->socket.fd = socket(client->peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->socket.fd < 0)
        return false;
    setsockopt(client->socket.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return connect(client->socket.fd, (struct sockaddr *)&client->peer, client->peer_length) == 0 || errno == EINPROGRESS;
}

void http_client_ask(struct http_client *client, const struct http_request *request, int file, uint64_t most, double patience)
{
    client->request = *request;
    client->out_done = client->head_used = 0;
    client->body_done = 0;
    client->got = 0;
    client->is_whole = client->keep = false;
    client->status = 0;
    client->file = file;
    client->most = most;
    client->failure = HTTP_ANSWERED;
    int length = snprintf(client->out, HTTP_HEAD_MOST, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", request->method, request->path,
                          client->host, request->headers ?: "");
    int room = HTTP_HEAD_MOST - length;
    bool has_body = request->body || request->file >= 0 || !strcmp(request->method, "POST");
    int more = room <= 0 ? 0
        : has_body       ? snprintf(client->out + length, (size_t)room, "Content-Length: %llu\r\n\r\n", (unsigned long long)request->length)
                         : snprintf(client->out + length, (size_t)room, "\r\n");
    client->out_length = (size_t)(length + more);
    llhttp_init(&client->parser, HTTP_RESPONSE, http_answer_callbacks());
    bool reused = is_sound(client->socket.fd);
    if (!reused)
        disconnect(client);
    bool begun = room > 0 && more < room && (reused || connect_anew(client));
    begun = begun && loop_watch(&client->socket, reused ? EPOLLIN | EPOLLOUT : EPOLLOUT);
    if (!begun) {
        disconnect(client);
        client->failure = HTTP_REFUSED;
    }
    client->state = !begun || !reused ? HTTP_CONNECTING : HTTP_SENDING;
    loop_set(&client->timer, begun ? monotonic_now() + patience : 0);
}

/* ---- the client ---- */

bool http_client_open(struct http_client *client, const char *address)
{
    memset(client, 0, offsetof(struct http_client, out));
    client->socket = (struct watched){.ready = is_ready, .fd = -1};
    client->timer.fire = time_is_up;
    if (strlen(address) >= sizeof client->host)
        return false;
    strcpy(client->host, address);
    client->peer_length = peer_address(address, &client->peer);
    return client->peer_length;
}

const char *http_client_header(const struct http_client *client, const char *name)
{
    return headers_find(client->head, client->head_used, name);
}

void http_client_close(struct http_client *client)
{
    loop_set(&client->timer, HUGE_VAL);
    disconnect(client);
    client->state = HTTP_IDLE;
}
