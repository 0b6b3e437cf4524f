/* The heap of the snapshot, while it is captured: decides where each block of memory lies, and what happens when it is
 * freed. Three parts follow each other: sections for what runs touch; the rest that stays (retained); and, far behind, what
 * is freed before the snapshot is captured and so is no part of it (transient). A profiling run has found out where each
 * block belongs (snapshot/heap/placement.c). Build time only. */
#include "snapshot/heap/heap.h"

#include "snapshot/heap/placement.h"
#include "snapshot/heap/region.h"

#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORD = 8, UNIT = 16, PAGE = 4096 };

static struct region retained, transient;
static char *start;
static struct {
    char *top, *end;
} sections[SECTION_COUNT];
static size_t transient_blocks; /* in use now */
static volatile char lock;    /* an import may start threads, if it ends them */

static size_t next_index; /* the number of the next allocation: snapshot/heap/placement.c knows where it goes */
static bool spread; /* in a profiling run: each block that runs touch has its own pages */
static size_t head = WORD; /* bytes before a block: its length; in a profiling run its number, too */
static void **places; /* by number, for heap_block: all blocks in a profiling run, the transient ones in a capture */
enum { PLACES_MAX = 1 << 24 };

static size_t room_for(enum section section, size_t length)
{
    return spread && section < SECTION_POPULAR ? (WORD + head + length + PAGE - 1) / PAGE * PAGE : head + length;
}

/* Lays out the sections, each in whole pages; returns where they end. A section for which there is no room stays empty. */
static char *lay_out_sections(char *next, const char *end)
{
    size_t room[SECTION_COUNT] = {0};
    for (size_t i = 0; i < placement_count(); i++)
        if (placement_of(i).section < SECTION_COUNT)
            room[placement_of(i).section] += room_for(placement_of(i).section, placement_of(i).length);
    for (enum section section = SECTION_HOT_WRITE; section < SECTION_COUNT; section++) {
        size_t length = room[section] ? (WORD + room[section] + PAGE - 1) / PAGE * PAGE : 0;
        sections[section].top = next + WORD; /* so that blocks are aligned */
        if (length < (size_t)(end - next))
            next += length;
        sections[section].end = next;
    }
    return next;
}

static void **map_places(void *wanted)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(wanted, PLACES_MAX * sizeof *places, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

void heap_begin(char *from, char *end, void *aside, bool profiling)
{
    char *middle = from + (end - from) / 2 / PAGE * PAGE;
    start = from;
    spread = profiling;
    head = profiling ? WORD + UNIT : WORD;
    retained = (struct region){.top = lay_out_sections(start, middle), .end = middle, .head = head};
    transient = (struct region){.top = middle, .end = end, .head = head};
    places = map_places(aside);
    madvise(start, (size_t)(end - start), MADV_NOHUGEPAGE); /* to see single pages, when runs are profiled */
}

static void unmap(char *from, const char *to)
{
    from += -(uintptr_t)from % PAGE;
    if (from < to)
        munmap(from, (size_t)(to - from));
}

/* Of freed blocks nothing is left, so that pages without others are zeros; nor is their number, which is another one in a folder
 * with a longer name. */
void heap_end(void)
{
    next_index = 0;
    region_forget_freed(&retained);
    region_forget_freed(&transient);
    unmap(retained.top, retained.end);
    unmap(transient_blocks ? transient.top : retained.end, transient.end);
    munmap(places, PLACES_MAX * sizeof *places);
}

char *heap_start(void)
{
    return start;
}

size_t heap_block_count(void)
{
    return next_index < PLACES_MAX ? next_index : PLACES_MAX;
}

size_t heap_used(void)
{
    return (size_t)(retained.top - start);
}

char *heap_top(void)
{
    return transient_blocks ? transient.top : retained.top;
}

size_t heap_transient_count(void)
{
    return transient_blocks;
}

size_t heap_length(void *block)
{
    return *region_length_of(block);
}

/* The word before a block's length, in a profiling run: the number of the allocation that has the block. */
static size_t *owner_of(void *memory)
{
    return (size_t *)memory - 2;
}

void *heap_block(size_t number, size_t *length)
{
    void *block = places[number];
    if (length && block && block != HEAP_DISCARDED && block != HEAP_UNSTABLE)
        *length = *region_length_of(block);
    return block;
}

/* Calls `visit` for each transient block that is still in use, with the number of its allocation or of an earlier one at
 * the same place. */
void heap_each_transient(void (*visit)(uint32_t number, void *context), void *context)
{
    region_forget_freed(&transient); /* so that their length is 0 */
    for (size_t number = 0; number < heap_block_count(); number++)
        if (places[number] && *region_length_of(places[number]))
            visit((uint32_t)number, context);
}

/* Allocates a block in a section; in a profiling run, on pages of its own. */
static void *allocate_in(enum section section, size_t length)
{
    if (sections[section].top + room_for(section, length) > sections[section].end)
        return NULL;
    char *block = sections[section].top + head;
    sections[section].top += room_for(section, length);
    *region_length_of(block) = length;
    return block;
}

void heap_lock(void)
{
    while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) {
    }
}

void heap_unlock(void)
{
    __atomic_clear(&lock, __ATOMIC_RELEASE);
}

static void *allocate_from(struct region *region, size_t length, size_t alignment, bool again)
{
    void *block = alignment <= UNIT && (again || length > REGION_SMALL) ? region_reuse(region, length) : NULL;
    return block ? block : region_extend(region, length, alignment);
}

static bool is_transient(const void *block)
{
    return (const char *)block >= retained.end;
}

void *heap_allocate(size_t length, size_t alignment)
{
    void *block = NULL;
    if (length > HEAP_MOST) {
        errno = ENOMEM;
        return NULL;
    }
    length = region_rounded(length);
    heap_lock();
    size_t number = next_index++;
    enum section section = alignment <= UNIT ? placement_of(number).section : SECTION_COLD;
    if (section == SECTION_DISCARDED)
        block = allocate_from(&transient, length, alignment, true);
    else if (section != SECTION_COLD && section < SECTION_COUNT)
        block = allocate_in(section, length);
    if (!block) /* blocks that stay take new memory, and not what others have freed: so a module's blocks lie together */
        block = allocate_from(&retained, length, alignment, section != SECTION_COLD || number >= placement_count());
    if (block && is_transient(block))
        transient_blocks++;
    if (block && number < PLACES_MAX && (spread || is_transient(block)))
        places[number] = block;
    if (block && spread)
        *owner_of(block) = number;
    heap_unlock();
    return block;
}

void *heap_allocate_arena(size_t length)
{
    char *arena = heap_allocate(length, PAGE);
    if (arena)
        *region_length_of(arena) = 0; /* not needed, and the only word on its page that is not zero: snapshot/sparse.c */
    return arena;
}

/* The interpreter interns names: of equal ones it keeps the first as long as it is used, also by its cache of attributes,
 * whose slots depend on addresses. So each capture may free other names. */
static bool is_name(const void *block)
{
    return *region_length_of((void *)block) >= sizeof(PyObject) && Py_IS_TYPE((PyObject *)block, &PyUnicode_Type);
}

/* Freed memory is zeroed: the snapshot compresses better, and holds nothing that was to be forgotten. */
void heap_free(void *block, bool again)
{
    bool may_stay = is_name(block);
    memset(block, 0, *region_length_of(block));
    heap_lock();
    if (spread && *owner_of(block) < PLACES_MAX)
        places[*owner_of(block)] = may_stay ? HEAP_UNSTABLE : HEAP_DISCARDED;
    if (is_transient(block))
        transient_blocks--;
    if (again)
        region_add_freed(is_transient(block) ? &transient : &retained, block);
    heap_unlock();
}
