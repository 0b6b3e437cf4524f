/* Memory while the process is captured: libc overwrites what is freed, and clears what it gives out; Python takes all of
 * its memory from there, without pools of its own. So what imports and the warm-up have left behind, the libraries' too,
 * is no part of the snapshot: it would be the build's, and differ each time.
 * Build time only; a run frees and resizes such memory as any other of libc's. */
#include "portable/program/scrubbing.h"
#include "portable/program/capture.h"
#include "vfs/files.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

enum { FREED = 0xff }; /* what libc fills freed memory with, and new memory with its complement, zeros */

extern void __libc_free(void *);

static PyMemAllocatorEx raw, blocks;

/* libc leaves the last word of what is freed as it was, and the next owner may not need it. */
ANSWER(void, free)(void *block)
{
    if (CAPTURING && block)
        explicit_bzero(block, malloc_usable_size(block));
    __libc_free(block);
}

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
    mallopt(M_PERTURB, FREED);
    PyMemAllocatorEx scrubbing = {NULL, get, get_zeroed, resize, drop};
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &scrubbing);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &scrubbing);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &scrubbing);
}

/* The first block makes CPython's map of arenas, 384 KiB of zeros, and an arena, which the runs begin to fill. */
void scrubbing_end(void)
{
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &blocks);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyObject_Free(PyObject_Malloc(1));
    mallopt(M_PERTURB, 0);
}
