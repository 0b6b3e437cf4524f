#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void pagemap_open(void); /* in the process that is asked about, before the others */
bool pagemap_is_written(const char *page); /* whether this child of a process has copied it */
/* Lists such pages, by their addresses; returns how many they are. */
size_t pagemap_list_written(const char *from, const char *end, uint64_t *pages, size_t most);
