#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INPUT_MOST = 24 * 1024, CONTROL = 3 };
struct input {
    size_t length;
    unsigned char bytes[INPUT_MOST]; /* what the function does, how the rest is cut, how much time passes; the rest */
};
struct worker;
void require(bool holds, const char *what);

/* coverage.c */
void coverage_begin(void); /* of one input */
bool coverage_is_new(void); /* whether anything was hit, or as often, for the first time */
unsigned coverage_count(void);

/* stage.c: what the host has around it */
extern double stage_ahead; /* of the clock, in seconds */
bool stage_end_run(struct worker *worker, const struct input *input); /* whether somebody waits for its answer */
void stage_leave(struct worker *worker); /* the process that plays it has ended */

/* mutation.c */
void mutation_begin(uint64_t seed);
void mutation_keep(const struct input *input);
void mutation_next(struct input *input); /* one of those that were kept, changed */
size_t mutation_kept(void);
