#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

void allocator_begin(void); /* before anything is imported */
void allocator_close(void); /* from here on memory is libc's, as in a run */
void allocator_trim(void);  /* gives back what is not needed for the capture, but to profile */
extern PyObjectArenaAllocator allocator_arenas; /* Python's arenas in the heap, in between */
