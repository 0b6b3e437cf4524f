#pragma once

#include <stddef.h>
#include <stdint.h>

/* What a profiling run saw of a block, which is where it lies: the sections follow each other at the beginning of the heap. */
enum section {
    SECTION_COLD,        /* behind them: no run has touched it */
    SECTION_HOT_WRITE,   /* runs write it */
    SECTION_HOT_REQUEST, /* only those that answer a request of HTTP write it */
    SECTION_HOT_TYPED,   /* only those whose handlers take types write it */
    SECTION_HOT_READ,    /* runs only read it */
    SECTION_REHEARSED_WRITE, /* handlers write it when they are imported once more: what their module level calls uses it */
    SECTION_REHEARSED_READ,  /* they only read it */
    SECTION_POPULAR, /* no run has touched it, but it is referred to from many places: names */
    SECTION_RARE, /* hardly any run will: documentation, tables of lines */
    SECTION_COUNT,
    SECTION_UNSTABLE = 14, /* among the rest: freed this time, perhaps not the next */
    SECTION_DISCARDED = 15, /* freed before the snapshot is captured: no part of it */
};
struct placement {
    uint32_t section : 4, length : 28; /* bytes */
};
void placements_read(const char *path, void *wanted); /* where they lie, or NULL */
void placements_forget(void);
size_t placement_count(void);
struct placement placement_of(size_t number);
