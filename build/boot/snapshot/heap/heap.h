#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK_MOST = 4096 }; /* longer ones lie on pages of their own anyway: SECTION_COLD */
#define HEAP_MOST (1UL << 32) /* bytes; build/snapshot/heap/embed.py */
void *heap_allocate(size_t length, size_t alignment); /* zeroed; NULL: more than any snapshot may hold, or than there is room for */
void *heap_allocate_arena(size_t length); /* the same, in whole pages; nobody gives it back */
void heap_free(void *block, bool again); /* whether others may have it */
size_t heap_length(void *block);
/* After placements_read; `aside` is where a table of its own lies, or NULL. */
void heap_begin(char *from, char *end, void *aside, bool profiling);
void heap_end(void); /* nothing is taken or freed any more; gives back memory that no block is in */
void heap_lock(void); /* around a fork: its child has no other thread to wait for */
void heap_unlock(void);
char *heap_start(void);
size_t heap_used(void); /* bytes from there, without what is freed before the snapshot */
char *heap_top(void); /* behind the last block */
size_t heap_transient_count(void); /* blocks in use that are no part of the snapshot */
void heap_each_transient(void (*visit)(uint32_t number, void *context), void *context);
#define HEAP_DISCARDED ((void *)-1)
#define HEAP_UNSTABLE ((void *)-2)
/* Of the block that was allocated as number `index`: its place, and its length if that is wanted; HEAP_DISCARDED when it has
 * been freed; HEAP_UNSTABLE when it has, and need not be in the next snapshot. */
void *heap_block(size_t index, size_t *length);
size_t heap_block_count(void);
