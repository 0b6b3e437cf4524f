#pragma once

#include "portable/bundled.h"

#include <stdbool.h>
#include <sys/types.h>

/* From before any constructor; in a run there is another launcher, and the answer is no. */
#define CAPTURING (BUNDLED->capturing)

/* What all code is told while the process is captured. */
extern const pid_t thread_number_while_capturing;
bool is_of_python(const void *address); /* code of the interpreter itself, once it runs */

__attribute__((noreturn)) void capture(void);
