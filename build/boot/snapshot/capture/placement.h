#ifndef FN_PLACEMENT_H
#define FN_PLACEMENT_H

#include <stddef.h>
#include <stdint.h>

/* What a rehearsal saw of a piece, which is where it lies: the areas follow each other at the beginning of the heap. */
enum area {
    AREA_REST,             /* behind them: no run has touched it */
    AREA_WRITTEN,          /* by every run */
    AREA_WRITTEN_BY_TYPED, /* only by runs of handlers with typed inputs */
    AREA_READ,
    AREA_READ_BY_TYPED,
    AREA_COUNT,
    AREA_FLEETING = 14, /* among the rest: freed this time, perhaps not the next */
    AREA_GONE = 15,     /* freed before the image is taken: no part of it */
};
struct planned {
    uint32_t area : 4, length : 28; /* bytes */
};
void plan_read(const char *path);
size_t plan_count(void);
struct planned plan_of(size_t number);

#endif
