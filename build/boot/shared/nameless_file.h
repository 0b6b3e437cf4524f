#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A new file without a name, in memory; where a sandbox does not allow that, in `folder` (NULL: none), FN_TMP_DIR, TMPDIR,
 * the exchange or /tmp. -1: errno says why there is none in memory. */
int nameless_file(const char *folder);
bool write_whole(int fd, const void *bytes, size_t length);
bool read_into(int fd, int file); /* false at the end; errno is 0, or says why */
