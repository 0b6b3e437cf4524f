#pragma once

#include <stdbool.h>

/* Of a server: makes the template in this process, and serves in it; or without one where each function has to start Python by
 * itself, as in a cold boot. Returns what `serve` does, or leaves with it as the status. */
int template_serve(int argc, char **argv, int (*serve)(void));
bool template_is_wanted(void); /* one is being made */
bool template_is_made(void);
__attribute__((noreturn)) void template_go_on(void); /* in a function, right after its fork: goes on in the template */

/* The interpreter's: where the way of one run parts from that of others. True: in a function that was forked here. */
bool template_pause(void);
