/* Python's memory while the process is captured: it takes all of it from malloc, without pools of its own. So what imports and
 * the warm-up have left behind is cleared as it is freed (allocator.c), and no part of the snapshot: it would be the build's,
 * and differ each time. Build time only. */
#include "portable/program/scrubbing.h"
#include "portable/program/allocator.h"

#include <stdlib.h>

static PyMemAllocatorEx raw, blocks;

static void *get(void *context, size_t length)
{
    (void)context;
    return malloc(length ? length : 1);
}

static void *get_zeroed(void *context, size_t count, size_t length)
{
    (void)context;
    return calloc(count ? count : 1, length ? length : 1);
}

static void *resize(void *context, void *block, size_t length)
{
    (void)context;
    return realloc(block, length ? length : 1);
}

static void drop(void *context, void *block)
{
    (void)context;
    free(block);
}

void scrubbing_begin(void)
{
    PyMemAllocatorEx scrubbing = {NULL, get, get_zeroed, resize, drop};
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &scrubbing);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &scrubbing);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &scrubbing);
}

/* The first block makes CPython's map of arenas, 384 KiB of zeros, and an arena, which the runs begin to fill: all at the
 * end of the heap. */
void scrubbing_end(void)
{
    PyObjectArenaAllocator arenas;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &blocks);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyObject_GetArenaAllocator(&arenas);
    PyObject_SetArenaAllocator(&allocator_arenas);
    PyObject_Free(PyObject_Malloc(1));
    PyObject_SetArenaAllocator(&arenas);
}
