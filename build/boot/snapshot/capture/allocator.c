/* Memory: in the snapshot while the snapshot is captured, libc's otherwise. The linker sends every call of malloc and its kin
 * here (--wrap), also those inside libc. After a restore, memory of the snapshot is never given back, nor reused: new memory
 * comes from libc. */
#include "snapshot/capture/allocator.h"

#include "snapshot/boot_mode.h"
#include "snapshot/capture/capture.h"
#include "snapshot/capture/trace.h"
#include "snapshot/format.h"
#include "snapshot/heap/heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);
int __real_posix_memalign(void **, size_t, size_t);
size_t __real_malloc_usable_size(void *);
void *__wrap_malloc(size_t length);
void *__wrap_calloc(size_t count, size_t each);
void *__wrap_realloc(void *old, size_t length);
void *__wrap_reallocarray(void *old, size_t count, size_t each);
void __wrap_free(void *memory);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t length);
void *__wrap_memalign(size_t alignment, size_t length);
void *__wrap_aligned_alloc(size_t alignment, size_t length);
size_t __wrap_malloc_usable_size(void *memory);

char *snapshot_end = SNAPSHOT_BASE;

enum { UNIT = 16, PAGE = 4096 };

static bool in_snapshot(const void *memory)
{
    return (size_t)((const char *)memory - SNAPSHOT_BASE) < (size_t)(snapshot_end - SNAPSHOT_BASE);
}

static bool capturing(void)
{
    return boot == BOOT_CAPTURE;
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

void *__wrap_malloc(size_t length)
{
    return capturing() ? allocate(length, UNIT) : __real_malloc(length);
}

void *__wrap_calloc(size_t count, size_t each)
{
    size_t length;
    if (!capturing())
        return __real_calloc(count, each);
    return allocate(__builtin_mul_overflow(count, each, &length) ? SIZE_MAX : length, UNIT);
}

void __wrap_free(void *memory)
{
    if (!in_snapshot(memory))
        __real_free(memory);
    else if (capturing())
        heap_free(memory, true);
}

void *__wrap_realloc(void *old, size_t length)
{
    if (!old)
        return __wrap_malloc(length);
    if (!in_snapshot(old))
        return __real_realloc(old, length);
    size_t held = heap_length(old);
    if (length && length <= held)
        return old;
    void *moved = __wrap_malloc(length);
    if (moved) {
        memcpy(moved, old, length < held ? length : held);
        __wrap_free(old);
    }
    return moved;
}

void *__wrap_reallocarray(void *old, size_t count, size_t each)
{
    size_t length;
    if (__builtin_mul_overflow(count, each, &length)) {
        errno = ENOMEM;
        return NULL;
    }
    return __wrap_realloc(old, length);
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t length)
{
    if (!capturing())
        return __real_posix_memalign(memory, alignment, length);
    void *block = allocate(length, alignment);
    if (!block)
        return ENOMEM;
    *memory = block;
    return 0;
}

void *__wrap_memalign(size_t alignment, size_t length)
{
    void *memory;
    int error = __wrap_posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, length);
    if (error)
        errno = error;
    return error ? NULL : memory;
}

void *__wrap_aligned_alloc(size_t alignment, size_t length)
{
    return __wrap_memalign(alignment, length);
}

size_t __wrap_malloc_usable_size(void *memory)
{
    return in_snapshot(memory) ? heap_length(memory) : __real_malloc_usable_size(memory);
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
}
