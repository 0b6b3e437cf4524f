#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void pagemap_read(const char *from, const char *end); /* all at once: a call for each page would take long */
bool pagemap_is_written(const char *page); /* whether this child of a process had copied it by then; false for others' */
/* Lists such pages, by their addresses; returns how many they are. */
size_t pagemap_list_written(const char *from, const char *end, uint64_t *pages, size_t most);
