#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__attribute__((noreturn)) void profile(int fd); /* which blocks, and which other pages: profile.c says in what form */
bool profile_is_written(const char *page); /* whether this child of the process has copied it */

/* What each link provides. */
struct _object *profile_enter(void); /* goes on in a child of the process as in a run; what it calls */
void profile_others(uint64_t *pages, size_t most); /* addresses of written pages outside of the heap */
