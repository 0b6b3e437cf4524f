/* Memory: in the snapshot while the snapshot is captured, libc's otherwise. The linker sends every call of malloc and its kin
 * here (--wrap), also those inside libc. After a restore, memory of the snapshot is never given back, nor reused: new memory
 * comes from libc. */
#include "snapshot/capture/allocator.h"

#include "shared/answer.h"
#include "snapshot/boot_mode.h"
#include "snapshot/capture/capture.h"
#include "snapshot/capture/trace.h"
#include "snapshot/format.h"
#include "snapshot/heap/heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

char *snapshot_end = SNAPSHOT_BASE;

enum { UNIT = 16, PAGE = 4096 };

static __thread bool steps_aside;

static bool in_snapshot(const void *memory)
{
    return (size_t)((const char *)memory - SNAPSHOT_BASE) < (size_t)(snapshot_end - SNAPSHOT_BASE);
}

static bool capturing(void)
{
    return boot == BOOT_CAPTURE && !steps_aside;
}

static void *allocate(size_t length, size_t alignment)
{
    void *block = heap_allocate(length, alignment);
    if (block)
        trace_block(block, heap_length(block));
    else if (length <= HEAP_MOST)
        _exit(CAPTURE_FULL); /* the build starts again with more room */
    return block;
}

ANSWER(void *, malloc)(size_t length)
{
    return capturing() ? allocate(length, UNIT) : NEXT(malloc)(length);
}

ANSWER(void *, calloc)(size_t count, size_t each)
{
    size_t length;
    if (!capturing())
        return NEXT(calloc)(count, each);
    return allocate(__builtin_mul_overflow(count, each, &length) ? SIZE_MAX : length, UNIT);
}

ANSWER(void, free)(void *memory)
{
    if (!in_snapshot(memory))
        NEXT(free)(memory);
    else if (capturing())
        heap_free(memory, true);
}

ANSWER(void *, realloc)(void *old, size_t length)
{
    if (!old)
        return malloc(length);
    if (!in_snapshot(old))
        return NEXT(realloc)(old, length);
    size_t held = heap_length(old);
    if (length && length <= held)
        return old;
    void *moved = malloc(length);
    if (moved) {
        memcpy(moved, old, length < held ? length : held);
        free(old);
    }
    return moved;
}

ANSWER(void *, reallocarray)(void *old, size_t count, size_t each)
{
    size_t length;
    if (__builtin_mul_overflow(count, each, &length)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, length);
}

ANSWER(int, posix_memalign)(void **memory, size_t alignment, size_t length)
{
    if (!capturing())
        return NEXT(posix_memalign)(memory, alignment, length);
    void *block = allocate(length, alignment);
    if (!block)
        return ENOMEM;
    *memory = block;
    return 0;
}

ANSWER(void *, memalign)(size_t alignment, size_t length)
{
    void *memory;
    int error = posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, length);
    if (error)
        errno = error;
    return error ? NULL : memory;
}

ANSWER(void *, aligned_alloc)(size_t alignment, size_t length)
{
    return memalign(alignment, length);
}

ANSWER(size_t, malloc_usable_size)(void *memory)
{
    return in_snapshot(memory) ? heap_length(memory) : NEXT(malloc_usable_size)(memory);
}

void allocator_steps_aside(bool aside)
{
    steps_aside = aside;
}

/* ---- the arenas of Python's own allocator ---- */

void *snapshot_arena_allocate(void *context, size_t length)
{
    (void)context;
    if (capturing()) {
        void *arena = heap_allocate_arena(length);
        if (!arena)
            _exit(CAPTURE_FULL);
        return arena;
    }
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void snapshot_arena_free(void *context, void *memory, size_t length)
{
    (void)context;
    if (!in_snapshot(memory))
        munmap(memory, length);
    else if (capturing())
        memset(memory, 0, length); /* frames of a thread that has ended, say, with addresses of its stack */
}
