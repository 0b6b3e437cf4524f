/* A region of the image's heap: pieces of memory one behind the other, each with its length in the word before it, and
 * those that were freed, by size, to be taken again. Build time only. */
#include "snapshot/capture/region.h"

#include <stdint.h>

/* Lengths of pieces are an odd number of WORDs, so that with the word before each, its length, all are aligned. */
enum { WORD = 8, UNIT = 16 };

size_t region_rounded(size_t length)
{
    return ((length + WORD + UNIT - 1) & ~(size_t)(UNIT - 1)) - WORD;
}

size_t *region_length_of(void *piece)
{
    return (size_t *)piece - 1;
}

static void **list_of(struct region *region, size_t length)
{
    return length > REGION_SMALL ? &region->unused_large : &region->unused[length / UNIT];
}

void region_put(struct region *region, void *piece)
{
    void **list = list_of(region, *region_length_of(piece));
    *(void **)piece = *list;
    *list = piece;
}

static void *take_first(void **list)
{
    void *piece = *list;
    if (piece) {
        *list = *(void **)piece;
        *(void **)piece = NULL;
    }
    return piece;
}

/* The first large piece that is long enough; what it has too much is a piece of its own. So a piece is always as long as
 * was asked for, and whether it is moved when it grows does not depend on where it lies. */
static void *take_large(struct region *region, size_t length)
{
    for (void **list = &region->unused_large; *list; list = *list) {
        size_t held = *region_length_of(*list);
        if (held != length && held < length + region->head + WORD)
            continue;
        char *piece = take_first(list);
        if (held > length) {
            char *rest = piece + length + region->head;
            *region_length_of(piece) = length;
            *region_length_of(rest) = held - length - region->head;
            region_put(region, rest);
        }
        return piece;
    }
    return NULL;
}

void *region_take_freed(struct region *region, size_t length)
{
    return length <= REGION_SMALL ? take_first(list_of(region, length)) : take_large(region, length);
}

void *region_take_new(struct region *region, size_t length, size_t alignment)
{
    uintptr_t start = ((uintptr_t)region->top + region->head + alignment - 1) & ~(alignment - 1);
    if (start + length > (uintptr_t)region->end)
        return NULL;
    *region_length_of((void *)start) = length;
    region->top = (char *)start + length;
    return (void *)start;
}

void region_mark_freed(struct region *region)
{
    for (size_t i = 0; i <= REGION_CLASSES; i++)
        for (void **piece = i < REGION_CLASSES ? region->unused[i] : region->unused_large; piece; piece = *piece)
            *region_length_of(piece) = 0;
}
