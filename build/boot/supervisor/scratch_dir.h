#pragma once

#include <stddef.h>

struct report;
void scratch_dir_remove(const struct report *of);
int scratch_dir_line(const struct report *of, char *line, size_t room); /* for the log, if the function could not say so; or 0 */
