#pragma once

#include <stddef.h>

extern char *snapshot_end; /* addresses of the snapshot: from SNAPSHOT_BASE to here */
void *snapshot_arena_allocate(void *context, size_t length);
void snapshot_arena_free(void *context, void *memory, size_t length);
