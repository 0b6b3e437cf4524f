/* Memory of the snapshot is mapped from the file. For whoever asked the kernel for it before the snapshot it was memory of
 * no file: longer than it was, it would show the file's next bytes, and given back it would not be zeros but what it was
 * when the snapshot was taken. So calls that do either with memory of the snapshot are answered here; malloc's are in allocator.c. */
#include "portable/process_snapshot.h"
#include "portable/program/capture.h"
#include "vfs/files.h"

#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool in_snapshot(const void *memory)
{
    return (uintptr_t)memory >= HOLE_START && (uintptr_t)memory < HOLE_END && !CAPTURING;
}

ANSWER(void *, mremap)(void *memory, size_t before, size_t length, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    void *wanted = flags & MREMAP_FIXED ? va_arg(rest, void *) : NULL;
    va_end(rest);
    if (!in_snapshot(memory) || length <= before || !(flags & MREMAP_MAYMOVE) || flags & MREMAP_FIXED)
        return (void *)syscall(SYS_mremap, memory, before, length, flags, wanted);
    void *fresh = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh != MAP_FAILED) {
        memcpy(fresh, memory, before);
        munmap(memory, before);
    }
    return fresh;
}

ANSWER(int, madvise)(void *memory, size_t length, int advice)
{
    if (!in_snapshot(memory) || (advice != MADV_DONTNEED && advice != MADV_FREE))
        return (int)syscall(SYS_madvise, memory, length, advice);
    void *fresh = mmap(memory, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    return fresh == memory ? 0 : -1;
}
