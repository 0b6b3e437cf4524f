#pragma once

#include <stdbool.h>

struct worker;
void spares_open(int argc, char **argv);
bool spares_start_one(void); /* where a fork may be (apart.h); false: there are enough, or there can be none now */
void spares_trim(void);      /* those too many end */
void spares_want_more(void); /* a request has found none */
void spares_note_used(void);
void spares_note_answered(void);
void spare_end(struct worker *worker);
void spare_lose(struct worker *worker); /* it has ended by itself */
bool spares_are_lacking(void);          /* none is there, and none could be made for some seconds */
#define NO_PROCESS "no process can be made ready; the log says why"
void spares_stop(void);                 /* but for those that wait for one */
