/* Sees which pages of the heap a profiled run reads or writes, and says by that where a block belongs. Build time only. */
#include "snapshot/heap/touched.h"

#include "snapshot/heap/heap.h"
#include "snapshot/heap/pagemap.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static bool *touched; /* by page of the heap, in this process; NULL: only writes are seen */
static size_t touched_count;

/* The heap cannot be read at first: notes the page of each first access, and makes it accessible. */
static void on_access(int number, siginfo_t *info, void *context)
{
    size_t offset = (size_t)((char *)info->si_addr - heap_start());
    (void)context;
    if (offset >= heap_used() || mprotect(heap_start() + offset / PAGE * PAGE, PAGE, PROT_READ | PROT_WRITE))
        signal(number, SIG_DFL); /* a real fault: it comes again, and ends the process */
    else
        touched[offset / PAGE] = true;
}

void touched_watch(void)
{
    struct sigaction action = {.sa_sigaction = on_access, .sa_flags = SA_SIGINFO};
    touched_count = heap_used() / PAGE + 1;
    touched = calloc(touched_count, sizeof *touched);
    if (!touched || sigaction(SIGSEGV, &action, NULL) || mprotect(heap_start(), heap_used(), PROT_NONE))
        abort();
}

void touched_end(void)
{
    mprotect(heap_start(), heap_used(), PROT_READ | PROT_WRITE);
    pagemap_read(heap_start(), heap_start() + heap_used());
}

static bool is_touched(const char *page)
{
    size_t number = (size_t)(page - heap_start()) / PAGE; /* blocks that are no part of the snapshot lie behind */
    return touched ? number < touched_count && touched[number] : pagemap_is_written(page);
}

static bool on_any_page(const char *block, size_t length, bool (*is_so)(const char *page))
{
    for (const char *page = block - (uintptr_t)block % PAGE; page < block + length; page += PAGE)
        if (is_so(page))
            return true;
    return false;
}

/* Most blocks lie on pages that nobody has touched. Their lengths are in memory that nobody has looked at for long: such are
 * not read. */
enum section touched_section(size_t number, size_t *length)
{
    const char *block = heap_block(number, NULL);
    if (!block)
        return SECTION_COLD;
    if (block == HEAP_DISCARDED)
        return SECTION_DISCARDED;
    if (block == HEAP_UNSTABLE)
        return SECTION_UNSTABLE;
    if (!on_any_page(block, BLOCK_MOST, is_touched))
        return SECTION_COLD;
    heap_block(number, length);
    if (*length > BLOCK_MOST || !on_any_page(block, *length, is_touched))
        return SECTION_COLD;
    return on_any_page(block, *length, pagemap_is_written) ? SECTION_HOT_WRITE : SECTION_HOT_READ;
}
