#pragma once

#include <stdbool.h>
#include <stddef.h>

void trace_begin(const char *argument);
void trace_calls(bool traced); /* Python has started */
bool trace_has_addresses(void);
void trace_block(const void *block, size_t length); /* which was allocated just now */
__attribute__((noreturn)) void trace_report(void);
