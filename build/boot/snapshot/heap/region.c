/* A region of the snapshot's heap: blocks of memory one behind the other, each with its length in the word before it, and
 * those that were freed, by size, to be taken again. Build time only. */
#include "snapshot/heap/region.h"

#include <stdint.h>

/* Lengths of blocks are an odd number of WORDs, so that with the word before each, its length, all are aligned. */
enum { WORD = 8, UNIT = 16 };

size_t region_rounded(size_t length)
{
    return ((length + WORD + UNIT - 1) & ~(size_t)(UNIT - 1)) - WORD;
}

size_t *region_length_of(void *block)
{
    return (size_t *)block - 1;
}

static void **list_of(struct region *region, size_t length)
{
    return length > REGION_SMALL ? &region->unused_large : &region->unused[length / UNIT];
}

void region_add_freed(struct region *region, void *block)
{
    void **list = list_of(region, *region_length_of(block));
    *(void **)block = *list;
    *list = block;
}

static void *pop_first(void **list)
{
    void *block = *list;
    if (block) {
        *list = *(void **)block;
        *(void **)block = NULL;
    }
    return block;
}

/* The first large block that is long enough; what it has too much is a block of its own. So a block is always as long as
 * was asked for, and whether it is moved when it grows does not depend on where it lies. */
static void *reuse_large(struct region *region, size_t length)
{
    for (void **list = &region->unused_large; *list; list = *list) {
        size_t held = *region_length_of(*list);
        if (held != length && held < length + region->head + WORD)
            continue;
        char *block = pop_first(list);
        if (held > length) {
            char *rest = block + length + region->head;
            *region_length_of(block) = length;
            *region_length_of(rest) = held - length - region->head;
            region_add_freed(region, rest);
        }
        return block;
    }
    return NULL;
}

void *region_reuse(struct region *region, size_t length)
{
    return length <= REGION_SMALL ? pop_first(list_of(region, length)) : reuse_large(region, length);
}

void *region_extend(struct region *region, size_t length, size_t alignment)
{
    uintptr_t start = ((uintptr_t)region->top + region->head + alignment - 1) & ~(alignment - 1);
    if (start + length > (uintptr_t)region->end)
        return NULL;
    *region_length_of((void *)start) = length;
    region->top = (char *)start + length;
    return (void *)start;
}

void region_forget_freed(struct region *region)
{
    for (size_t i = 0; i <= REGION_CLASSES; i++)
        for (void *block; (block = pop_first(i < REGION_CLASSES ? &region->unused[i] : &region->unused_large));)
            *region_length_of(block) = 0;
}
