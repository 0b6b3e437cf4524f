#pragma once

#include <limits.h>
#include <stdbool.h>

bool absolute_path(const char *name, char path[PATH_MAX]); /* of a relative one; false: none is known, or it is too long */
