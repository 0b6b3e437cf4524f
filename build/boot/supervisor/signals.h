#pragma once

#include "supervisor/loop.h"

void signals_hold(void);
void signals_release(void);
struct watched *signals_open(void (*take)(int number)); /* for the loop; NULL: errno says why */
void signals_take(void); /* those that have arrived; the ends of children are noted, all others go to `take` */
bool signal_asks_to_end(int number);
