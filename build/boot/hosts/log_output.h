#pragma once

#include <stdbool.h>
#include <stddef.h>

void log_output_open(void);
bool log_output_has_room(size_t length);
void log_output_put(const char *bytes, size_t length); /* for which there is room */
void log_output_flush(void);
void log_output_finish(void); /* what is left, if somebody takes it within a second */
