/* See http_client.h. The states of a request: connecting, sending, reading. An answer may come while the request is still
 * being sent (413); it is read then, and the connection is not used again. */
#include "hosts/http_client.h"

#include "hosts/headers.h"
#include "shared/clock.h"
#include "shared/nameless_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { AT_ONCE = 32 * 1024 };

static llhttp_settings_t callbacks;

static struct http_client *client_of(llhttp_t *parser)
{
    return (struct http_client *)((char *)parser - offsetof(struct http_client, parser));
}

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
    struct http_client *client = (struct http_client *)((char *)timer - offsetof(struct http_client, timer));
    conclude(client, client->failure != HTTP_ANSWERED ? client->failure : client->state == HTTP_CONNECTING ? HTTP_REFUSED : HTTP_LATE);
}

/* ---- the answer ---- */

static int add(llhttp_t *parser, const char *at, size_t length, bool small)
{
    struct http_client *client = client_of(parser);
    return headers_add(client->head, HTTP_HEAD_MOST, &client->head_used, at, length, small) ? 0 : HPE_USER;
}

static int on_name(llhttp_t *parser, const char *at, size_t length)
{
    return add(parser, at, length, true);
}

static int on_value(llhttp_t *parser, const char *at, size_t length)
{
    return add(parser, at, length, false);
}

static int on_part(llhttp_t *parser)
{
    return add(parser, "", 1, false);
}

static int on_begin(llhttp_t *parser)
{
    client_of(parser)->head_used = 0;
    return add(parser, "", 1, false); /* in the place of a target */
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct http_client *client = client_of(parser);
    if (length > client->most - client->got)
        return HPE_USER;
    client->got += length;
    return client->file < 0 || write_whole(client->file, at, length) ? 0 : HPE_USER;
}

static int on_end(llhttp_t *parser)
{
    struct http_client *client = client_of(parser);
    client->status = parser->status_code;
    client->is_whole = parser->status_code >= 200; /* after an interim answer another one comes */
    return client->is_whole ? HPE_PAUSED : 0;
}

/* An answer to HEAD has no body, whatever its length says; 101 is a protocol that nobody has asked for. */
static int on_head(llhttp_t *parser)
{
    if (parser->status_code == 101)
        return HPE_USER;
    return !strcmp(client_of(parser)->request.method, "HEAD");
}

static void prepare_callbacks(void)
{
    llhttp_settings_init(&callbacks);
    callbacks.on_message_begin = on_begin;
    callbacks.on_header_field = on_name;
    callbacks.on_header_field_complete = on_part;
    callbacks.on_header_value = on_value;
    callbacks.on_header_value_complete = on_part;
    callbacks.on_headers_complete = on_head;
    callbacks.on_body = on_body;
    callbacks.on_message_complete = on_end;
}

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
    struct http_client *client = (struct http_client *)((char *)socket - offsetof(struct http_client, socket));
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
    llhttp_init(&client->parser, HTTP_RESPONSE, &callbacks);
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

static bool read_port(const char *text, in_port_t *port)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long number = strtoul(text, NULL, 10);
    *port = htons((in_port_t)number);
    return digits > 0 && digits < 6 && !text[digits] && number && number < 65536;
}

bool http_client_open(struct http_client *client, const char *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)&client->peer;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&client->peer;
    const char *colon = strrchr(address, ':');
    char host[sizeof client->host];
    memset(client, 0, offsetof(struct http_client, out));
    client->socket = (struct watched){.ready = is_ready, .fd = -1};
    client->timer.fire = time_is_up;
    if (!callbacks.on_body)
        prepare_callbacks();
    if (!colon || strlen(address) >= sizeof host)
        return false;
    strcpy(client->host, address);
    if (*address == '[' && colon > address + 1 && colon[-1] == ']') {
        snprintf(host, sizeof host, "%.*s", (int)(colon - address - 2), address + 1);
        six->sin6_family = AF_INET6;
        client->peer_length = sizeof *six;
        return inet_pton(AF_INET6, host, &six->sin6_addr) == 1 && read_port(colon + 1, &six->sin6_port);
    }
    snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
    four->sin_family = AF_INET;
    client->peer_length = sizeof *four;
    return inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &four->sin_addr) == 1 &&
           read_port(colon + 1, &four->sin_port);
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
