#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The struct that has this member at this address: what is called gets the address of what was watched, set or parsed. */
#define CONTAINER_OF(address, type, member) ((type *)((char *)(address) - offsetof(type, member)))

struct watched {
    void (*ready)(struct watched *watched, uint32_t events); /* of epoll(7) */
    int fd;
};
struct timer {
    void (*fire)(struct timer *timer);
    double at;    /* CLOCK_MONOTONIC */
    size_t place; /* loop.c's; 0: it is not set */
};
bool loop_open(struct timer **heap, size_t most); /* has room for most - 1 timers; false: errno says why */
bool loop_watch(struct watched *watched, uint32_t events);
void loop_change(struct watched *watched, uint32_t events);
void loop_unwatch(struct watched *watched);     /* before its descriptor is closed */
void loop_set(struct timer *timer, double at); /* HUGE_VAL: never */
void loop_turn(void); /* waits for an event or a timer, and calls its function */
