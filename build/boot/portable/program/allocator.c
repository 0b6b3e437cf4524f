/* Memory while the process is captured: what the main thread takes, for Python and for all libraries, lies in the heap of the
 * snapshot, what runs touch side by side (snapshot/heap/heap.h). Other threads, and runs, get libc's. As in the static link
 * (snapshot/capture/allocator.c), a run never gives memory of the snapshot back. */
#include "portable/program/allocator.h"

#include "portable/bundled.h"
#include "portable/process_snapshot.h"
#include "portable/program/capture.h"
#include "shared/report.h"
#include "snapshot/heap/heap.h"
#include "snapshot/heap/placement.h"
#include "snapshot/heap/profile.h"
#include "vfs/files.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

enum { UNIT = 16, FREED = 0xff }; /* what libc fills freed memory with, and new memory with its complement, zeros */

static bool is_open; /* the heap takes blocks */
static pthread_t owner;

/* Behind a file of a gigabyte, a run may have what libc gets from brk(2) above the heap of the snapshot. */
static bool in_heap(const void *block)
{
    return (uintptr_t)block >= HEAP_START && (uintptr_t)block < (CAPTURING ? HEAP_END : (uintptr_t)heap_top());
}

static bool is_for_heap(void)
{
    return is_open && pthread_equal(pthread_self(), owner);
}

/* NULL: it is for libc. */
static void *allocate(size_t length, size_t alignment)
{
    return is_for_heap() ? heap_allocate(length, alignment) : NULL;
}

ANSWER(void *, malloc)(size_t length)
{
    void *block = allocate(length, UNIT);
    return block ? block : __libc_malloc(length);
}

ANSWER(void *, calloc)(size_t count, size_t each)
{
    size_t length;
    void *block = __builtin_mul_overflow(count, each, &length) ? NULL : allocate(length, UNIT);
    return block ? block : __libc_calloc(count, each);
}

ANSWER(size_t, malloc_usable_size)(void *block)
{
    static __typeof__(malloc_usable_size) *libc;
    if (in_heap(block))
        return heap_length(block);
    if (!libc)
        libc = NEXT(malloc_usable_size);
    return libc(block);
}

/* libc leaves the last word of what is freed as it was, and the next owner may not need it. What a thread frees others do
 * not get, whose blocks would else lie where it was quicker. */
ANSWER(void, free)(void *block)
{
    if (in_heap(block)) {
        if (is_open)
            heap_free(block, is_for_heap());
        return;
    }
    if (CAPTURING && block)
        explicit_bzero(block, malloc_usable_size(block));
    __libc_free(block);
}

/* malloc has large blocks mapped, and lets the kernel make them longer: those of the snapshot are mapped from the file. */
static bool is_mapped_in_snapshot(const void *block)
{
    enum { IS_MMAPPED = 2 }; /* in the head of a block */
    bool in_snapshot = (uintptr_t)block >= HOLE_START && (uintptr_t)block < HOLE_END;
    return in_snapshot && ((const size_t *)block)[-1] & IS_MMAPPED;
}

ANSWER(void *, realloc)(void *block, size_t length)
{
    if (!block)
        return malloc(length);
    if (!in_heap(block) && (!length || !(CAPTURING || is_mapped_in_snapshot(block))))
        return __libc_realloc(block, length); /* it would leave what it moves as it was */
    size_t held = malloc_usable_size(block);
    if (length && length <= held && in_heap(block))
        return block;
    void *moved = length ? malloc(length) : NULL;
    if (moved)
        memcpy(moved, block, held < length ? held : length);
    if (moved || !length)
        free(block);
    return moved;
}

ANSWER(void *, memalign)(size_t alignment, size_t length)
{
    void *block = allocate(length, alignment);
    return block ? block : __libc_memalign(alignment, length);
}

ANSWER(void *, aligned_alloc)(size_t alignment, size_t length)
{
    return memalign(alignment, length);
}

ANSWER(int, posix_memalign)(void **memory, size_t alignment, size_t length)
{
    if (alignment % sizeof(void *) || !alignment || alignment & (alignment - 1))
        return EINVAL;
    void *block = memalign(alignment, length);
    if (!block)
        return ENOMEM;
    *memory = block;
    return 0;
}

static void *allocate_arena(void *context, size_t length)
{
    (void)context;
    return heap_allocate_arena(length);
}

static void keep_arena(void *context, void *arena, size_t length)
{
    (void)context, (void)arena, (void)length;
}

PyObjectArenaAllocator allocator_arenas = {NULL, allocate_arena, keep_arena};

void allocator_begin(void)
{
    char *start = (char *)HEAP_START, *end = (char *)HEAP_END;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    mallopt(M_PERTURB, FREED);
    if (mmap(start, (size_t)(end - start), PROT_READ | PROT_WRITE, flags, -1, 0) != start)
        cannot_start("not enough memory, or not enough addresses, for a snapshot");
    placements_read(BUNDLED->placements, end); /* all else lies where it would without them */
    heap_begin(start, end, end + (end - start), profile_asked(BUNDLED->wanted) == PROFILE_BLOCKS);
    owner = pthread_self();
    pthread_atfork(heap_lock, heap_unlock, heap_unlock);
    is_open = true;
}

void allocator_close(void)
{
    is_open = false;
    mallopt(M_PERTURB, 0);
}

void allocator_trim(void)
{
    heap_end();
    placements_forget();
}
