#pragma once

#include <stddef.h>
#include <stdint.h>

enum profiled { PROFILE_NOTHING, PROFILE_BLOCKS, PROFILE_PAGES };
enum profiled profile_asked(const char *word); /* what the build asks for, if it wants a profile and no capture */
__attribute__((noreturn)) void profile(int fd, enum profiled what); /* profile.c says in what form */
/* Lists the pages that this child of the process has copied; returns how many they are. */
size_t profile_list_written(const char *from, const char *end, uint64_t *pages, size_t most);

/* What each link provides. */
struct _object *profile_enter(void); /* goes on in a child of the process as in a run; what it calls */
void profile_pages(uint64_t *pages, size_t most); /* addresses of pages of the snapshot that were written */
