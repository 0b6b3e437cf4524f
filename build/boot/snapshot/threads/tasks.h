#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Calls `what` with the number of each thread; none of libc's memory is used. */
void tasks_each(void (*what)(const char *number));
/* Whether a thread but this one runs, or would, if there were a processor for it. */
bool tasks_others_work(void);
/* Whether this is the process's first thread, whatever libc says while a snapshot is captured. */
bool tasks_is_main(void);
/* What the kernel says of a thread (proc(5)); empty if it has ended. */
void tasks_read(const char *number, const char *what, char *text, size_t size);
