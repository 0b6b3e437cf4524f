/* Which pages this process has written to, as the kernel knows it. Build time only. */
#include "snapshot/heap/pagemap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int pagemap;

void pagemap_open(void)
{
    pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0)
        abort();
}

/* In the child of a fork, a page that it shares with nobody (Linux, Documentation/admin-guide/mm/pagemap.rst: bit 63 present,
 * bit 56 exclusively mapped). */
bool pagemap_is_written(const char *page)
{
    uint64_t entry = 0;
    if (pread(pagemap, &entry, sizeof entry, (off_t)((uintptr_t)page / PAGE * sizeof entry)) != sizeof entry)
        abort();
    return (entry >> 63 & 1) && (entry >> 56 & 1);
}

size_t pagemap_list_written(const char *from, const char *end, uint64_t *pages, size_t most)
{
    size_t count = 0;
    for (; from < end && count < most; from += PAGE)
        if (pagemap_is_written(from))
            pages[count++] = (uintptr_t)from;
    return count;
}
