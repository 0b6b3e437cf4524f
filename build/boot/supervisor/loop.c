/* The event loop of the supervisor: descriptors and timers, one or thousands of them, each with the function to call.
 * One thread; allocates nothing: what is watched, and the room for timers, belongs to the caller. */
#include "supervisor/loop.h"

#include "shared/clock.h"

#include <math.h>
#include <sys/epoll.h>

enum { BATCH = 64 };

static struct {
    int epoll;
    struct timer **heap; /* the soonest first: the children of place n are 2n and 2n + 1; place 0 is not used */
    size_t timers, most;
    struct epoll_event batch[BATCH];
    int ready, next; /* how many events the batch has; the next one to handle */
} loop = {.epoll = -1};

bool loop_open(struct timer **heap, size_t most)
{
    loop.epoll = epoll_create1(EPOLL_CLOEXEC);
    loop.heap = heap;
    loop.most = most;
    loop.timers = 0;
    return loop.epoll >= 0;
}

/* ---- descriptors ---- */

bool loop_watch(struct watched *watched, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watched};
    return epoll_ctl(loop.epoll, EPOLL_CTL_ADD, watched->fd, &event) == 0;
}

void loop_change(struct watched *watched, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watched};
    epoll_ctl(loop.epoll, EPOLL_CTL_MOD, watched->fd, &event);
}

/* Also drops events of it that are in the batch: by the time they are handled, its memory may have another use. */
void loop_unwatch(struct watched *watched)
{
    epoll_ctl(loop.epoll, EPOLL_CTL_DEL, watched->fd, NULL);
    for (int i = loop.next; i < loop.ready; i++)
        if (loop.batch[i].data.ptr == watched)
            loop.batch[i].data.ptr = NULL;
}

/* ---- timers ---- */

static void put(size_t place, struct timer *timer)
{
    loop.heap[place] = timer;
    timer->place = place;
}

/* Puts a timer where it belongs, from a place that is free. */
static void sift_into(size_t place, struct timer *timer)
{
    for (; place > 1 && loop.heap[place / 2]->at > timer->at; place /= 2)
        put(place, loop.heap[place / 2]);
    for (size_t child; (child = 2 * place) <= loop.timers; place = child) {
        if (child < loop.timers && loop.heap[child + 1]->at < loop.heap[child]->at)
            child++;
        if (timer->at <= loop.heap[child]->at)
            break;
        put(place, loop.heap[child]);
    }
    put(place, timer);
}

void loop_set(struct timer *timer, double at)
{
    size_t place = timer->place;
    timer->at = at;
    if (at == HUGE_VAL) {
        if (!place)
            return;
        struct timer *last = loop.heap[loop.timers--];
        timer->place = 0;
        if (last != timer)
            sift_into(place, last);
    } else if (place) {
        sift_into(place, timer);
    } else if (loop.timers + 1 < loop.most) {
        sift_into(++loop.timers, timer);
    }
}

static void fire_timers(void)
{
    double now = monotonic_now();
    while (loop.timers && loop.heap[1]->at <= now) {
        struct timer *timer = loop.heap[1];
        loop_set(timer, HUGE_VAL);
        timer->fire(timer);
    }
}

static int milliseconds_left(void)
{
    if (!loop.timers)
        return -1;
    double left = ceil((loop.heap[1]->at - monotonic_now()) * 1e3);
    return left < 0 ? 0 : left > 1e6 ? 1000000 : (int)left;
}

/* ---- both ---- */

void loop_turn(void)
{
    loop.ready = epoll_wait(loop.epoll, loop.batch, BATCH, milliseconds_left());
    for (loop.next = 0; loop.next < loop.ready;) {
        struct epoll_event *event = &loop.batch[loop.next++];
        struct watched *watched = event->data.ptr;
        if (watched)
            watched->ready(watched, event->events);
    }
    loop.ready = 0;
    fire_timers();
}
