#pragma once

#include <stddef.h>

/* While imports are captured: Python has drawn random bytes into this memory. Some bits of a UUID's are set afterwards. */
void drawn_note(void *memory, size_t length);

/* The last that is done before the memory is read: no byte that was drawn stays where it was drawn to, nor in a text or number
 * in this heap, of this length. */
void drawn_clear(char *heap, size_t length);

/* In a run: draw anew what an import keeps. */
void drawn_restore(void);
