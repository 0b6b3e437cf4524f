#pragma once

#include <stdbool.h>
#include <stddef.h>

extern char *snapshot_end; /* addresses of the snapshot: from SNAPSHOT_BASE to here */
void *snapshot_arena_allocate(void *context, size_t length);
void snapshot_arena_free(void *context, void *memory, size_t length);
/* Whether memory of this thread is libc's during a capture, too: what libc allocates for a new thread it keeps for the next
 * one, with addresses of its own. */
void allocator_steps_aside(bool aside);
