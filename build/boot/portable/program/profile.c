/* What the profiling of runs (snapshot/heap/profile.c) has to know of this link. Build time only. */
#include "snapshot/heap/profile.h"
#include "portable/process_snapshot.h"
#include "portable/program/resume.h"
#include "snapshot/heap/heap.h"
#include "snapshot/heap/pagemap.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdio.h>
#include <stdlib.h>

PyObject *profile_enter(void)
{
    PyEval_RestoreThread(resume_thread);
    return resume_function;
}

static bool is_data(unsigned long start, const char *allowed)
{
    return allowed[1] == 'w' && start >= HOLE_START && start < HOLE_END && !(start >= HEAP_START && start < HEAP_END);
}

void profile_pages(uint64_t *pages, size_t most)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long start, end;
    char allowed[5], line[512];
    size_t count = pagemap_list_written(heap_start(), heap_start() + heap_used(), pages, most);
    if (!maps)
        abort();
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %4s", &start, &end, allowed) == 3 && is_data(start, allowed))
            count += pagemap_list_written((const char *)start, (const char *)end, pages + count, most - count);
    fclose(maps);
}
