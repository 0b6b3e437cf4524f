#pragma once

#include <stddef.h>

enum { REGION_SMALL = 1024, REGION_CLASSES = REGION_SMALL / 16 + 1 };
struct region {
    char *top, *end;              /* what is used ends at the top */
    size_t head;                  /* bytes before a block */
    void *unused[REGION_CLASSES]; /* freed blocks by size, linked through their first word */
    void *unused_large;           /* the same, of any size above REGION_SMALL */
};
size_t region_rounded(size_t length); /* the length of a block that holds as much */
size_t *region_length_of(void *block);
void region_add_freed(struct region *region, void *block);
void *region_reuse(struct region *region, size_t length); /* NULL: there is none */
void *region_extend(struct region *region, size_t length, size_t alignment); /* NULL: no room */
void region_forget_freed(struct region *region); /* they are zeros, also their lengths; none can be taken any more */
