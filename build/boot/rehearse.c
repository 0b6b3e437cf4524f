/* A run at build time, in a child of the process that could take the image now: the pages that it writes tell which
 * pieces of memory every run writes, and the heap which are freed before. The next snapshot puts the former side by side
 * (heap.c), so that fewer pages are copied in each run, and the latter out of the image. Build time only. */
#include "image.h"

#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static const char *result_path;
static int pagemap;

/* Whether this process has copied a page: in the child of a fork, one that it shares with nobody (Linux, Documentation/
 * admin-guide/mm/pagemap.rst: bit 63 present, bit 56 exclusively mapped). */
static bool is_written(const char *page)
{
    uint64_t entry = 0;
    if (pread(pagemap, &entry, sizeof entry, (off_t)((uintptr_t)page / PAGE * sizeof entry)) != sizeof entry)
        abort();
    return (entry >> 63 & 1) && (entry >> 56 & 1);
}

static bool holds_written_page(const char *piece, size_t length)
{
    for (const char *page = piece - (uintptr_t)piece % PAGE; page < piece + length; page += PAGE)
        if (is_written(page))
            return true;
    return false;
}

/* Two tables, one after the other: the plan (plan.c) (32 bits each), then the written pages of
 * `.snap` (64 bits each); a line of text with both counts comes first. */
__attribute__((noreturn)) static void record(void)
{
    size_t pieces = heap_pieces(), pages = 0;
    uint32_t *lengths = calloc(pieces, sizeof *lengths);
    uint64_t *written = calloc((size_t)(__snap_end - __snap_start) / PAGE, sizeof *written);
    pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    FILE *result = fopen(result_path, "we");
    if (!lengths || !written || pagemap < 0 || !result)
        abort();
    for (size_t i = 0; i < pieces; i++) {
        size_t length = 0;
        char *piece = heap_piece(i, &length);
        if (piece == HEAP_GONE)
            lengths[i] = PLAN_FREED;
        else if (piece && length <= PAGE && holds_written_page(piece, length)) /* a longer one has pages of its own anyway */
            lengths[i] = (uint32_t)length;
    }
    for (char *page = __snap_start; page < __snap_end; page += PAGE)
        if (is_written(page))
            written[pages++] = (uintptr_t)page;
    fprintf(result, "%zu %zu\n", pieces, pages);
    fwrite(lengths, sizeof *lengths, pieces, result);
    fwrite(written, sizeof *written, pages, result);
    if (fclose(result))
        abort();
    _exit(EXIT_SUCCESS);
}

void rehearse(const char *path)
{
    int status = 0;
    result_path = path;
    leave_instead = record;
    pid_t child = fork();
    if (child == 0) {
        restore_attach();
        PyObject *module = PyImport_ImportModule("entry.warm_up");
        if (!module || !PyObject_CallMethod(module, "rehearse", "O", IMAGE->resume))
            PyErr_Print();
        _exit(EXIT_FAILURE); /* a rehearsal ends where a run leaves the process */
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status) {
        fprintf(stderr, "the rehearsal of a run failed (status %d)\n", status);
        _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}
