#ifndef FN_PROCESS_CAPTURE_H
#define FN_PROCESS_CAPTURE_H

#include "portable/carried.h"

/* From before any constructor; in a run there is another launcher, and the answer is no. */
#define CAPTURING (CARRIED->capturing)

__attribute__((noreturn)) void capture(void);

#endif
