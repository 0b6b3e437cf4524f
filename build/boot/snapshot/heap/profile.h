#pragma once

#include <stddef.h>
#include <stdint.h>

enum profiled { PROFILE_NOTHING, PROFILE_BLOCKS, PROFILE_PAGES };
enum profiled profile_asked(const char *word); /* what the build asks for, if it wants a profile and no capture */
__attribute__((noreturn)) void profile(int fd, enum profiled what); /* profile.c says in what form */

/* What each link provides. */
struct _object *profile_enter(void); /* goes on in a child of the process as in a run; what it calls */
void profile_pages(uint64_t *pages, size_t most); /* addresses of pages of the snapshot that were written */
