#pragma once

#include <sys/types.h>

/* Build time. */
void prepare_interpreter(unsigned long hash_seed); /* starts it */
struct _object *prepare_imports(void);             /* entry/snapshot/prepare.py's `resume`, which a run calls */
pid_t prepare_fork(void);              /* which ends what a fork ends */
void prepare_clear_frames(void);      /* what ended calls have left in the interpreter's memory */
