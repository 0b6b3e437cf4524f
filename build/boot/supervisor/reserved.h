#pragma once

#include <stdbool.h>
#include <stddef.h>

bool reserved_take(int fd); /* space for an error, in an empty file; false: errno says why there is none */
bool reserved_fill(int fd, const char *json, size_t length); /* false: errno says why not all of it could be written */
bool reserved_is_error(int fd); /* whether the file is an error already, since nothing else could be written into it */
