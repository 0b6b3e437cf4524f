#pragma once

#include <stdint.h>

uint64_t vdso_function(const char *name); /* its address, or 0 */
