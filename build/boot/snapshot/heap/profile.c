/* Finds out, by runs in children of the process that could capture the snapshot now, which blocks of memory runs touch,
 * and which are freed before. The next snapshot has the former side by side (snapshot/heap/heap.c), so that a run
 * copies and maps fewer pages, and leaves out the latter. With all blocks in their places, the last runs tell which pages
 * are written. Build time only. */
#include "snapshot/heap/profile.h"

#include "interpreter/init.h"
#include "shared/nameless_file.h"
#include "shared/report.h"
#include "snapshot/heap/heap.h"
#include "snapshot/heap/placement.h"
#include "snapshot/heap/touched.h"
#include "snapshot/heap/untouched.h"
#include "vfs/files.h"

#include <Python.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES_MAX = 1 << 14 };

/* entry/snapshot/warm_up.py: with plain JSON for either host, and for a function that a server forks; a struct, a dataclass;
 * then the imports of handlers once more */
enum { OF_HTTP = 1, OF_FUNCTION, LISTED, RUNS = 5, OF_IMPORTS = RUNS };
enum { REHEARSED_MOST = 1 << 16, REHEARSAL_SECONDS = 60 }; /* in the second profiling run each block has a page */

/* Shared with the children. */
static struct placement *placements; /* by number of the block */
static uint64_t *pages[LISTED];     /* addresses of pages that the first runs write; a zero ends each list */

static size_t run; /* the number of the current run */

static void *map_shared(size_t length)
{
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

static enum section section_in_this_run(enum section section, size_t *rehearsed)
{
    bool is_hot = section == SECTION_HOT_WRITE || section == SECTION_HOT_READ;
    if (section == SECTION_HOT_WRITE && (run == OF_HTTP || run == OF_FUNCTION))
        return SECTION_HOT_REQUEST;
    if (section == SECTION_HOT_WRITE && run >= LISTED && run < RUNS)
        return SECTION_HOT_TYPED;
    if (!is_hot || run != OF_IMPORTS)
        return section;
    if (++*rehearsed > REHEARSED_MOST)
        return SECTION_COLD;
    return section == SECTION_HOT_WRITE ? SECTION_REHEARSED_WRITE : SECTION_REHEARSED_READ;
}

/* Notes what this run has seen, and ends it. If runs want a block in different sections, it gets the first of these. */
__attribute__((noreturn)) static void note_blocks(void)
{
    touched_end();
    size_t rehearsed = 0;
    for (size_t i = 0; i < heap_block_count(); i++) {
        size_t length = 0;
        enum section section = section_in_this_run(touched_section(i, &length), &rehearsed);
        if (section != SECTION_COLD && (placements[i].section == SECTION_COLD || section < placements[i].section))
            placements[i] = (struct placement){.section = section & 15, .length = length & ((1 << 28) - 1)};
    }
    _exit(EXIT_SUCCESS);
}

__attribute__((noreturn)) static void note_pages(void)
{
    profile_pages(pages[run], PAGES_MAX - 1);
    _exit(EXIT_SUCCESS);
}

__attribute__((noreturn)) static void do_run(bool watched)
{
    close_range(STDERR_FILENO + 1, ~0U, 0); /* as in a run: if files are open at its end, it looks for who holds them */
    if (run == OF_IMPORTS)
        aside_begin(watched ? "aside-watched" : "aside-again"); /* what the imports have written before is gone for these, too */
    if (watched)
        touched_watch();
    PyObject *resume = profile_enter();
    PyObject *module = PyImport_ImportModule("entry.snapshot.warm_up");
    PyObject *exists = module ? PyObject_CallMethod(module, "profile", "On", resume, (Py_ssize_t)run) : NULL;
    if (!exists)
        interpreter_print_error();
    _exit(exists == Py_False ? EXIT_SUCCESS : EXIT_FAILURE); /* a run does not come back: it ends in note_*() */
}

/* A fork whose child goes on when this process has written what it writes after one: a page that it copies then is the
 * child's alone, as if that had written to it. */
static pid_t fork_in_order(void)
{
    int ends[2];
    char byte = 0;
    if (pipe(ends))
        abort();
    pid_t child = fork();
    ssize_t done = child ? write(ends[1], &byte, 1) : read(ends[0], &byte, 1);
    close(ends[0]);
    close(ends[1]);
    if (done != 1)
        abort();
    return child;
}

/* Where a function parts from its template: what was written before is the template's. */
static void part(void)
{
    int status;
    if (run != OF_FUNCTION)
        return;
    pid_t child = fork_in_order();
    if (child != 0)
        _exit(child > 0 && waitpid(child, &status, 0) == child && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void write_table(int fd, const void *memory, size_t length)
{
    if (!write_whole(fd, memory, length))
        _exit(EXIT_FAILURE);
}

/* Tables, one after the other: the placements (snapshot/heap/placement.c), then the pages that each of the first runs writes
 * (64 bits each); their counts come first. */
__attribute__((noreturn)) static void record(int fd, size_t blocks)
{
    uint64_t counts[1 + LISTED] = {blocks};
    for (int i = 0; i < LISTED; i++)
        while (pages[i][counts[1 + i]])
            counts[1 + i]++;
    write_table(fd, counts, sizeof counts);
    write_table(fd, placements, counts[0] * sizeof *placements);
    for (int i = 0; i < LISTED; i++)
        write_table(fd, pages[i], counts[1 + i] * sizeof *pages[i]);
    _exit(EXIT_SUCCESS);
}

static void place_untouched(void)
{
    for (size_t i = 0; i < heap_block_count(); i++) {
        size_t length = 0;
        void *block = heap_block(i, &length);
        bool is_there = block && block != HEAP_DISCARDED && block != HEAP_UNSTABLE && length <= BLOCK_MOST;
        enum section section = is_there ? untouched_section(block, length) : SECTION_COLD;
        if (section != SECTION_COLD && placements[i].section == SECTION_COLD)
            placements[i] = (struct placement){.section = section & 15, .length = length & ((1 << 28) - 1)};
    }
}

static bool run_in_child(bool watched)
{
    int status;
    pid_t child = fork_in_order();
    if (child == 0)
        do_run(watched);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* An author's imports need not be possible twice, nor with memory that is watched, nor end: then some of what they touch lies
 * where it would without this. */
static void rehearse_imports(void)
{
    for (int watched = 0; watched < 2; watched++) {
        pid_t child = fork_in_order();
        if (child == 0) {
            alarm(REHEARSAL_SECONDS);
            do_run(watched);
        }
        if (child > 0)
            waitpid(child, NULL, 0);
    }
}

enum profiled profile_asked(const char *word)
{
    return !strcmp(word, "blocks") ? PROFILE_BLOCKS : !strcmp(word, "pages") ? PROFILE_PAGES : PROFILE_NOTHING;
}

static void do_runs(size_t count, bool watched)
{
    for (run = 0; run < count; run++)
        if (!(watched && run_in_child(true)) && !run_in_child(false)) { /* a system call fails on memory that is watched */
            fprintf(stderr, "the profiling of a run failed\n");
            _exit(EXIT_FAILURE);
        }
}

void profile(int fd, enum profiled what)
{
    for (int i = 0; i < LISTED; i++)
        pages[i] = map_shared(PAGES_MAX * sizeof *pages[i]);
    part_instead = part;
    if (what == PROFILE_PAGES) {
        exit_instead = note_pages;
        do_runs(LISTED, false);
        record(fd, 0);
    }
    placements = map_shared(heap_block_count() * sizeof *placements);
    exit_instead = note_blocks;
    do_runs(RUNS, true);
    rehearse_imports();
    place_untouched();
    record(fd, heap_block_count());
}
