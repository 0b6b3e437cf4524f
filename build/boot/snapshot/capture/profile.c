/* Finds out, by runs in children of the process that could capture the snapshot now, which blocks of memory runs touch,
 * and which are freed before. The next snapshot has the former side by side (snapshot/capture/heap.c), so that a run
 * copies and maps fewer pages, and leaves out the latter. Build time only. */
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

enum { RUNS = 3 }; /* entry/snapshot/warm_up.py: with plain JSON, a struct, a dataclass */

/* Shared with the children. */
static struct placement *placements; /* by number of the block */
static uint64_t *snap_pages; /* addresses of the pages of `.snap` that the first run writes; a zero ends the list */

static size_t run; /* the number of the current run */
static bool *touched; /* by page of the snapshot, in this process; NULL: only writes are seen */
static int pagemap;

static void *map_shared(size_t length)
{
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

/* The snapshot cannot be read at first: notes the page of each first access, and makes it accessible. */
static void on_access(int number, siginfo_t *info, void *context)
{
    size_t offset = (size_t)((char *)info->si_addr - SNAPSHOT_BASE);
    (void)context;
    if (offset >= heap_used() || mprotect(SNAPSHOT_BASE + offset / PAGE * PAGE, PAGE, PROT_READ | PROT_WRITE))
        signal(number, SIG_DFL); /* a real fault: it comes again, and ends the process */
    else
        touched[offset / PAGE] = true;
}

static void watch_accesses(void)
{
    struct sigaction action = {.sa_sigaction = on_access, .sa_flags = SA_SIGINFO};
    touched = calloc(heap_used() / PAGE + 1, sizeof *touched);
    if (!touched || sigaction(SIGSEGV, &action, NULL) || mprotect(SNAPSHOT_BASE, heap_used(), PROT_NONE))
        abort();
}

/* Tells whether this process has copied a page: in the child of a fork, a page that it shares with nobody (Linux,
 * Documentation/admin-guide/mm/pagemap.rst: bit 63 present, bit 56 exclusively mapped). */
static bool is_written(const char *page)
{
    uint64_t entry = 0;
    if (pread(pagemap, &entry, sizeof entry, (off_t)((uintptr_t)page / PAGE * sizeof entry)) != sizeof entry)
        abort();
    return (entry >> 63 & 1) && (entry >> 56 & 1);
}

static bool is_touched(const char *page)
{
    return touched ? touched[(page - SNAPSHOT_BASE) / PAGE] : is_written(page);
}

static bool on_any_page(const char *block, size_t length, bool (*is_so)(const char *page))
{
    for (const char *page = block - (uintptr_t)block % PAGE; page < block + length; page += PAGE)
        if (is_so(page))
            return true;
    return false;
}

static enum section section_of(const char *block, size_t length)
{
    if (!block)
        return SECTION_COLD;
    if (block == HEAP_DISCARDED)
        return SECTION_DISCARDED;
    if (block == HEAP_UNSTABLE)
        return SECTION_UNSTABLE;
    if (length > BLOCK_MOST || !on_any_page(block, length, is_touched))
        return SECTION_COLD;
    return on_any_page(block, length, is_written) ? SECTION_HOT_WRITE : SECTION_HOT_READ;
}

/* Notes what this run has seen, and ends it. If runs want a block in different sections, it gets the first of these. */
__attribute__((noreturn)) static void note(void)
{
    uint64_t *next = snap_pages;
    mprotect(SNAPSHOT_BASE, heap_used(), PROT_READ | PROT_WRITE);
    pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0)
        abort();
    for (size_t i = 0; i < heap_block_count(); i++) {
        size_t length = 0;
        char *block = heap_block(i, &length);
        enum section section = section_of(block, length);
        if (section != SECTION_COLD && (placements[i].section == SECTION_COLD || section < placements[i].section))
            placements[i] = (struct placement){.section = section & 15, .length = length & ((1 << 28) - 1)};
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
    PyObject *exists = module ? PyObject_CallMethod(module, "profile", "On", SNAPSHOT->resume, (Py_ssize_t)run) : NULL;
    if (!exists)
        interpreter_print_error();
    _exit(exists == Py_False ? EXIT_SUCCESS : EXIT_FAILURE); /* a run does not come back: it ends in note() */
}

/* Writes a line of text with two counts, then two tables: the placements (snapshot/capture/placement.c), and the written
 * pages of `.snap` (64 bits each). */
static void record(const char *path)
{
    size_t blocks = heap_block_count(), pages = 0;
    while (snap_pages[pages])
        pages++;
    FILE *result = fopen(path, "we");
    if (!result)
        abort();
    fprintf(result, "%zu %zu\n", blocks, pages);
    fwrite(placements, sizeof *placements, blocks, result);
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

void profile(const char *path)
{
    placements = map_shared(heap_block_count() * sizeof *placements);
    snap_pages = map_shared(((size_t)(__snap_end - __snap_start) / PAGE + 1) * sizeof *snap_pages);
    exit_instead = note;
    for (run = 0; run < RUNS; run++)
        if (!run_in_child(true) && !run_in_child(false)) { /* unwatched: a system call fails on memory that is watched */
            fprintf(stderr, "the profiling of a run failed\n");
            _exit(EXIT_FAILURE);
        }
    record(path);
    _exit(EXIT_SUCCESS);
}
