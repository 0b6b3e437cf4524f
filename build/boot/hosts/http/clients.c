/* All clients: those that have nothing under way, whoever has been silent for longest first, and how each one ends. */
#include "hosts/http/clients.h"

#include "hosts/http/bodies.h"
#include "hosts/http/connection.h"
#include "hosts/serve/queue.h"
#include "shared/clock.h"

#include <math.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static const double IDLE = 150, LINGER = 2; /* seconds */

static struct {
    struct connection *all;                /* functions do not get it */
    TAILQ_HEAD(, connection) unused, idle; /* the longest idle first */
    unsigned most, ever, busy;
} clients;

/* ---- idle ones ---- */

void client_set_idle(struct connection *c)
{
    c->is_idle = true;
    TAILQ_INSERT_TAIL(&clients.idle, c, listed);
    loop_set(&c->timer, monotonic_now() + IDLE);
}

static void unlist_idle(struct connection *c)
{
    if (!c->is_idle)
        return;
    TAILQ_REMOVE(&clients.idle, c, listed);
    c->is_idle = false;
}

/* ---- end ---- */

void client_set_busy(struct connection *c, bool busy)
{
    clients.busy += (unsigned)busy - (unsigned)c->has_begun;
    c->has_begun = busy;
}

void client_drop_files(struct connection *c)
{
    body_drop(c);
    if (c->file >= 0)
        close(c->file);
    c->file = -1;
}

void client_end(struct connection *c)
{
    queue_abandon(c);
    unlist_idle(c);
    client_set_busy(c, false);
    loop_set(&c->timer, HUGE_VAL);
    loop_unwatch(&c->socket);
    close(c->socket.fd);
    c->socket.fd = -1;
    client_drop_files(c);
    TAILQ_INSERT_HEAD(&clients.unused, c, listed);
}

void client_has_begun(struct connection *c)
{
    unlist_idle(c);
    client_set_busy(c, true);
}

/* Closing at once may take an answer away from a client that still sends: it is given a moment to read. */
void client_linger(struct connection *c)
{
    c->state = LINGERING;
    shutdown(c->socket.fd, SHUT_WR);
    client_set_busy(c, false);
    client_drop_files(c);
    loop_change(&c->socket, EPOLLIN);
    loop_set(&c->timer, monotonic_now() + LINGER);
}

bool clients_make_room(void)
{
    if (TAILQ_EMPTY(&clients.idle))
        return false;
    client_end(TAILQ_FIRST(&clients.idle));
    return true;
}

struct connection *client_new(void)
{
    if (TAILQ_EMPTY(&clients.unused) && clients.ever == clients.most)
        clients_make_room();
    struct connection *c = TAILQ_FIRST(&clients.unused);
    if (c)
        TAILQ_REMOVE(&clients.unused, c, listed);
    else if (clients.ever < clients.most)
        c = &clients.all[clients.ever++];
    return c;
}

bool clients_open(unsigned most)
{
    size_t length = most * sizeof *clients.all;
    TAILQ_INIT(&clients.unused);
    TAILQ_INIT(&clients.idle);
    clients.most = most;
    clients.all = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (clients.all == MAP_FAILED || madvise(clients.all, length, MADV_DONTFORK) < 0)
        return false;
    return true;
}

void clients_each(void (*handle)(struct connection *c))
{
    for (unsigned i = 0; i < clients.ever; i++)
        if (clients.all[i].socket.fd >= 0)
            handle(&clients.all[i]);
}

void clients_end_idle(void)
{
    while (!TAILQ_EMPTY(&clients.idle))
        client_end(TAILQ_FIRST(&clients.idle));
}

unsigned clients_busy(void)
{
    return clients.busy;
}
