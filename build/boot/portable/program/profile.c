/* Runs at build time, in a child of the process that could be captured now: which pages of memory does every run write? A
 * restore makes these its own at once, which costs half of what a fault for each does. Build time only. */
#include "portable/process_snapshot.h"
#include "portable/program/profile.h"
#include "portable/program/resume.h"
#include "shared/report.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES_MAX = 1 << 14, AT_ONCE = 512 };

static int output;

/* Whether each of some pages is this process's own: in the child of a fork, one that it has written (Linux, Documentation/
 * admin-guide/mm/pagemap.rst: bit 63 present, bit 56 exclusively mapped). */
static uint64_t find_written(int pagemap, uint64_t start, uint64_t end, uint64_t *pages, uint64_t count)
{
    uint64_t entries[AT_ONCE];
    while (start < end) {
        size_t wanted = (end - start) / PAGE < AT_ONCE ? (end - start) / PAGE : AT_ONCE;
        ssize_t length = pread(pagemap, entries, wanted * sizeof *entries, (off_t)(start / PAGE * sizeof *entries));
        if (length != (ssize_t)(wanted * sizeof *entries))
            abort();
        for (size_t i = 0; i < wanted && count < PAGES_MAX; i++)
            if ((entries[i] >> 63 & 1) && (entries[i] >> 56 & 1))
                pages[count++] = start + i * PAGE;
        start += wanted * PAGE;
    }
    return count;
}

/* In place of leaving the process, at the end of the run. */
static void note(void)
{
    static uint64_t pages[PAGES_MAX];
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long start, end;
    char allowed[5], line[512];
    uint64_t count = 0;
    if (pagemap < 0 || !maps)
        abort();
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %4s", &start, &end, allowed) == 3 && start >= HOLE_START && start < HOLE_END && allowed[1] == 'w')
            count = find_written(pagemap, start, end, pages, count);
    if (write(output, &count, sizeof count) != sizeof count || write(output, pages, count * sizeof *pages) < 0)
        abort();
    _exit(EXIT_SUCCESS);
}

void profile(int to)
{
    output = to;
    exit_instead = note;
    PyEval_RestoreThread(resume_thread);
    PyObject *module = PyImport_ImportModule("entry.snapshot.warm_up");
    PyObject *exists = module ? PyObject_CallMethod(module, "profile", "On", resume_function, (Py_ssize_t)0) : NULL;
    if (!exists)
        PyErr_Print();
    _exit(EXIT_FAILURE); /* a run ends where it leaves the process: in note() */
}
