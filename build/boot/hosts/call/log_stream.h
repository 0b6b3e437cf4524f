#pragma once

#include <stdbool.h>
#include <stddef.h>

struct run;
void log_stream_open(struct run *run, int fd);
void log_stream_finish(bool (*wait)(int fd)); /* from now on all is written, unless `wait` says that it is not worth it */
bool write_patiently(int fd, const char *bytes, size_t length, bool (*wait)(int fd)); /* false: errno says why not all */
