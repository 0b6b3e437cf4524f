/* Where clients come from. */
#include "hosts/http/listener.h"

#include "hosts/http/clients.h"
#include "hosts/http/connection.h"
#include "hosts/serve/serve_options.h"
#include "shared/clock.h"
#include "supervisor/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, AT_ONCE = 64 };
static const double PAUSE = 0.05; /* seconds without new clients when one could not be accepted */

static struct watched listener, metrics;
static struct timer end_of_pause;

static void go_on(struct timer *timer)
{
    (void)timer;
    loop_change(&listener, EPOLLIN);
    loop_change(&metrics, EPOLLIN);
}

/* There is no descriptor or memory for one more. Whoever waits is told of again at once, so nobody looks for a moment. */
static void make_pause(struct watched *from)
{
    loop_change(from, 0);
    end_of_pause.fire = go_on;
    loop_set(&end_of_pause, monotonic_now() + PAUSE);
}

static void on_clients(struct watched *from, uint32_t events)
{
    (void)events;
    for (int i = 0; i < AT_ONCE; i++) {
        int fd = accept4(from->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        bool is_there_none = fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED);
        if (fd >= 0) {
            connection_greet(fd, from == &metrics);
        } else if (is_there_none || !clients_make_room()) {
            if (!is_there_none)
                make_pause(from);
            return;
        }
    }
}

static struct watched listener = {.ready = on_clients, .fd = -1};
static struct watched metrics = {.ready = on_clients, .fd = -1};

/* IPv6 with IPv4 inside of it where there is such, else IPv4. */
static int make_socket(unsigned port)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
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

static bool open_at(struct watched *socket, unsigned *port)
{
    struct sockaddr_in6 bound;
    socklen_t length = sizeof bound;
    socket->fd = make_socket(*port);
    if (socket->fd < 0 || listen(socket->fd, BACKLOG) < 0)
        return false;
    if (getsockname(socket->fd, (struct sockaddr *)&bound, &length) == 0)
        *port = ntohs(bound.sin6_port); /* at the same place in both families; 0 was asked for */
    return loop_watch(socket, EPOLLIN);
}

bool listener_open(void)
{
    return open_at(&listener, &serve.port);
}

/* It stays open to the end: what is drained can be watched. */
bool listener_open_metrics(void)
{
    return open_at(&metrics, &serve.metrics_port);
}

void listener_close(void)
{
    loop_unwatch(&listener);
    close(listener.fd);
    listener.fd = -1;
}

bool listener_is_open(void)
{
    return listener.fd >= 0;
}
