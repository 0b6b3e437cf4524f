/* Load for a server of HTTP: load PORT PATH CONNECTIONS REQUESTS BODY. Each connection is kept and has one request under way.
 * Prints: seconds, answers with 200, other answers, and the median and 99th percentile of the milliseconds of an answer. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MOST = 64 * 1024 };
struct connection {
    int fd;
    double began;
    size_t sent, used; /* of the request; of the answer's head */
    long left;         /* of the answer's body; -1: its head is not whole */
    int status, closes;
    char head[HEAD_MOST + 1];
};
static char *request;
static size_t request_length, asked, wanted, answered, good;
static double *times;
static int epoll;
static struct sockaddr_in server = {.sin_family = AF_INET};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void watch(struct connection *c, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(epoll, operation, c->fd, &event) < 0)
        fail("epoll_ctl");
}

static void send_some(struct connection *c)
{
    while (c->sent < request_length) {
        ssize_t sent = send(c->fd, request + c->sent, request_length - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            break;
        c->sent += (size_t)sent;
    }
    watch(c, EPOLL_CTL_MOD, c->sent < request_length ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void open_connection(struct connection *c)
{
    int yes = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0)
        fail("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

static void ask(struct connection *c)
{
    if (asked == wanted)
        return;
    asked++;
    c->sent = c->used = 0;
    c->left = -1;
    c->closes = 0;
    c->began = now();
    send_some(c);
}

static void finish(struct connection *c)
{
    times[answered++] = (now() - c->began) * 1e3;
    good += c->status == 200;
    if (c->closes) {
        close(c->fd);
        open_connection(c);
    }
    ask(c);
}

static void read_head(struct connection *c, size_t got)
{
    c->used += got;
    c->head[c->used] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end)
        return;
    const char *length = strcasestr(c->head, "\r\nContent-Length:");
    c->status = atoi(c->head + strlen("HTTP/1.1 "));
    c->closes = strcasestr(c->head, "\r\nConnection: close") != NULL;
    c->left = (length ? atol(length + strlen("\r\nContent-Length:")) : 0) - (long)(c->head + c->used - end - 4);
}

static void read_some(struct connection *c)
{
    static char bytes[1 << 18];
    char *into = c->left < 0 ? c->head + c->used : bytes;
    ssize_t got = recv(c->fd, into, c->left < 0 ? HEAD_MOST - c->used : sizeof bytes, MSG_DONTWAIT);
    if (got == 0)
        fail("an answer is not whole");
    if (got < 0)
        return;
    if (c->left < 0)
        read_head(c, (size_t)got);
    else
        c->left -= got;
    if (c->left == 0)
        finish(c);
}

static int compare(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    size_t count = strtoul(argv[3], NULL, 10), body = 0, room = 1 << 16;
    wanted = strtoul(argv[4], NULL, 10);
    FILE *file = fopen(argv[5], "rb");
    char *content = malloc(64 << 20);
    if (!file || !content)
        fail(argv[5]);
    body = fread(content, 1, 64 << 20, file);
    request = malloc(body + room);
    times = malloc((wanted + 1) * sizeof *times);
    int head = snprintf(request, room, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                        argv[2], body);
    memcpy(request + head, content, body);
    request_length = (size_t)head + body;
    server.sin_port = htons((uint16_t)atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    epoll = epoll_create1(0);
    struct connection *all = calloc(count, sizeof *all);
    double began = now();
    for (size_t i = 0; i < count; i++) {
        open_connection(&all[i]);
        ask(&all[i]);
    }
    while (answered < wanted) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, 60000);
        if (ready <= 0)
            fail("no answer for a minute");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                send_some(c);
            if (events[i].events & ~(uint32_t)EPOLLOUT)
                read_some(c);
        }
    }
    double took = now() - began;
    qsort(times, wanted, sizeof *times, compare);
    printf("%.6f %zu %zu %.4f %.4f\n", took, good, answered - good, times[wanted / 2], times[wanted * 99 / 100]);
    return 0;
}
