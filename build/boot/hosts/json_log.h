#pragma once

#include <stddef.h>
#include <stdint.h>

struct connection;
struct worker;
size_t json_log_write(const struct worker *worker, const char *lines, size_t length);
void json_log_say(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void json_log_access(const struct connection *connection, int status, uint64_t length);
