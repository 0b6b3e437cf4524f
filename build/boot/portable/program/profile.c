/* What the profiling of runs (snapshot/heap/profile.c) has to know of this link. Build time only. */
#include "snapshot/heap/profile.h"
#include "portable/process_snapshot.h"
#include "portable/program/resume.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 4096 };

PyObject *profile_enter(void)
{
    PyEval_RestoreThread(resume_thread);
    return resume_function;
}

static bool is_data(unsigned long start, const char *allowed)
{
    return allowed[1] == 'w' && start >= HOLE_START && start < HOLE_END && !(start >= HEAP_START && start < HEAP_END);
}

/* Of the libraries' data, which lie where they will. */
void profile_others(uint64_t *pages, size_t most)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long start, end;
    char allowed[5], line[512];
    if (!maps)
        abort();
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %4s", &start, &end, allowed) == 3 && is_data(start, allowed))
            for (; start < end && most; start += PAGE)
                if (profile_is_written((const char *)start)) {
                    *pages++ = start;
                    most--;
                }
    fclose(maps);
}
