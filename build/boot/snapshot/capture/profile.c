/* Runs at build time, in children of the process that could take the image now: which pieces of memory do they touch,
 * and which are freed before? The next snapshot lays the former side by side (snapshot/capture/heap.c), so that a run
 * copies and maps fewer pages, and the latter out of the image. Build time only. */
#include "snapshot/capture/profile.h"

#include "interpreter/init.h"
#include "shared/report.h"
#include "snapshot/capture/heap.h"
#include "snapshot/capture/placement.h"
#include "snapshot/format.h"
#include "snapshot/restore.h"

#include <Python.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* By their numbers in entry/snapshot/warm_up.py. */
static const struct {
    enum area written, read;
} runs[] = {
    {AREA_WRITTEN, AREA_READ},                   /* plain JSON */
    {AREA_WRITTEN_BY_TYPED, AREA_READ_BY_TYPED}, /* a struct */
    {AREA_WRITTEN_BY_TYPED, AREA_READ_BY_TYPED}, /* a dataclass */
};

/* Shared with the children. */
static struct planned *plan; /* by number of the piece */
static uint64_t *snap_pages; /* addresses of what the first run writes of `.snap`; 0: no more */

static size_t run; /* which is going on */
static bool *touched; /* by page of the image, in this process; NULL: only writing is seen */
static int pagemap;

static void *map_shared(size_t length)
{
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

/* Nothing of the image can be read at first: the page of each first access is noted. */
static void on_access(int number, siginfo_t *info, void *context)
{
    size_t offset = (size_t)((char *)info->si_addr - IMAGE_BASE);
    (void)context;
    if (offset >= heap_used() || mprotect(IMAGE_BASE + offset / PAGE * PAGE, PAGE, PROT_READ | PROT_WRITE))
        signal(number, SIG_DFL); /* a fault like any other, which comes again */
    else
        touched[offset / PAGE] = true;
}

static void watch_accesses(void)
{
    struct sigaction action = {.sa_sigaction = on_access, .sa_flags = SA_SIGINFO};
    touched = calloc(heap_used() / PAGE + 1, sizeof *touched);
    if (!touched || sigaction(SIGSEGV, &action, NULL) || mprotect(IMAGE_BASE, heap_used(), PROT_NONE))
        abort();
}

/* Whether this process has copied a page: in the child of a fork, one that it shares with nobody (Linux, Documentation/
 * admin-guide/mm/pagemap.rst: bit 63 present, bit 56 exclusively mapped). */
static bool is_written(const char *page)
{
    uint64_t entry = 0;
    if (pread(pagemap, &entry, sizeof entry, (off_t)((uintptr_t)page / PAGE * sizeof entry)) != sizeof entry)
        abort();
    return (entry >> 63 & 1) && (entry >> 56 & 1);
}

static bool is_touched(const char *page)
{
    return touched ? touched[(page - IMAGE_BASE) / PAGE] : is_written(page);
}

static bool on_any_page(const char *piece, size_t length, bool (*is_so)(const char *page))
{
    for (const char *page = piece - (uintptr_t)piece % PAGE; page < piece + length; page += PAGE)
        if (is_so(page))
            return true;
    return false;
}

static enum area area_of(const char *piece, size_t length)
{
    if (!piece)
        return AREA_REST;
    if (piece == HEAP_GONE)
        return AREA_GONE;
    if (piece == HEAP_FLEETING)
        return AREA_FLEETING;
    if (length > PIECE_MOST || !on_any_page(piece, length, is_touched))
        return AREA_REST;
    return on_any_page(piece, length, is_written) ? runs[run].written : runs[run].read;
}

/* What this run has seen. Of the areas that two runs want a piece in it gets the first. */
__attribute__((noreturn)) static void note(void)
{
    uint64_t *next = snap_pages;
    mprotect(IMAGE_BASE, heap_used(), PROT_READ | PROT_WRITE);
    pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0)
        abort();
    for (size_t i = 0; i < heap_pieces(); i++) {
        size_t length = 0;
        char *piece = heap_piece(i, &length);
        enum area area = area_of(piece, length);
        if (area != AREA_REST && (plan[i].area == AREA_REST || area < plan[i].area))
            plan[i] = (struct planned){.area = area & 15, .length = length & ((1 << 28) - 1)};
    }
    for (char *page = __snap_start; run == 0 && page < __snap_end; page += PAGE)
        if (is_written(page))
            *next++ = (uintptr_t)page;
    _exit(EXIT_SUCCESS);
}

__attribute__((noreturn)) static void do_run(bool watched)
{
    if (watched)
        watch_accesses();
    restore_attach();
    PyObject *module = PyImport_ImportModule("entry.snapshot.warm_up");
    PyObject *exists = module ? PyObject_CallMethod(module, "rehearse", "On", IMAGE->resume, (Py_ssize_t)run) : NULL;
    if (!exists)
        interpreter_print_error();
    _exit(exists == Py_False ? EXIT_SUCCESS : EXIT_FAILURE); /* a run ends where it leaves the process: in note() */
}

/* Two tables, one after the other: the plan (snapshot/capture/placement.c), then the written pages of `.snap` (64 bits
 * each); a line of text with both counts comes first. */
static void record(const char *path)
{
    size_t pieces = heap_pieces(), pages = 0;
    while (snap_pages[pages])
        pages++;
    FILE *result = fopen(path, "we");
    if (!result)
        abort();
    fprintf(result, "%zu %zu\n", pieces, pages);
    fwrite(plan, sizeof *plan, pieces, result);
    fwrite(snap_pages, sizeof *snap_pages, pages, result);
    if (fclose(result))
        abort();
}

static bool run_in_child(bool watched)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        do_run(watched);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void rehearse(const char *path)
{
    plan = map_shared(heap_pieces() * sizeof *plan);
    snap_pages = map_shared(((size_t)(__snap_end - __snap_start) / PAGE + 1) * sizeof *snap_pages);
    exit_instead = note;
    for (run = 0; run < sizeof runs / sizeof *runs; run++)
        if (!run_in_child(true) && !run_in_child(false)) { /* a system call cannot read what is watched */
            fprintf(stderr, "the rehearsal of a run failed\n");
            _exit(EXIT_FAILURE);
        }
    record(path);
    _exit(EXIT_SUCCESS);
}
