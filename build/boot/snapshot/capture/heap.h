#ifndef FN_HEAP_H
#define FN_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PIECE_MOST = 4096 }; /* longer ones lie on pages of their own anyway: AREA_REST */
#define HEAP_MOST (1UL << 32) /* bytes; build/snapshot/embed.py */
void *heap_take(size_t length, size_t alignment); /* zeroed; NULL: more than any image may hold */
void *heap_take_arena(size_t length); /* the same, in whole pages; nobody gives it back */
void heap_give_back(void *piece);
size_t heap_length(void *piece);
void heap_begin(bool rehearsal); /* after plan_read */
size_t heap_used(void);
size_t heap_passing(void); /* pieces in use that are no part of the image */
void heap_each_passing(void (*visit)(uint32_t number, void *context), void *context);
#define HEAP_GONE ((void *)-1)
#define HEAP_FLEETING ((void *)-2)
/* Of the piece that was allocated as number `serial`: its place; HEAP_GONE when it has been freed; HEAP_FLEETING when it
 * has, and need not be in the next snapshot. */
void *heap_piece(size_t serial, size_t *length);
size_t heap_pieces(void);

#endif
