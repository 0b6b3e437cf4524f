#pragma once

#include "portable/bundled.h"

#include <stdbool.h>

/* From before any constructor; in a run there is another launcher, and the answer is no. */
#define CAPTURING (BUNDLED->capturing)

bool is_of_python(const void *address); /* code of the interpreter itself, once it runs */

__attribute__((noreturn)) void capture(void);
