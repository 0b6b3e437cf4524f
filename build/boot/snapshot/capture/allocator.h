#ifndef FN_ALLOCATOR_H
#define FN_ALLOCATOR_H

#include <stddef.h>

extern char *image_end; /* addresses of the image: from IMAGE_BASE to here */
void *image_arena_allocate(void *context, size_t length);
void image_arena_free(void *context, void *memory, size_t length);

#endif
