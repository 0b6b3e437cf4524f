#pragma once

#include <stddef.h>
#include <time.h>

/* While imports are captured: Python has asked what time it is. */
void times_note(const struct timespec *now);

/* The last that is done before the memory is read: none of these times stays in a number of this heap. */
void times_clear(char *heap, size_t length);

/* In a run: what an import keeps is the time of this moment. */
void times_restore(void);
