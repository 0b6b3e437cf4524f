/* Which pages this process has written to, as the kernel knows it. Build time only. */
#include "snapshot/heap/pagemap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static uint64_t *entries; /* in memory of their own: the page of a variable would count as written */
static uintptr_t first;   /* the number of their first page */
static size_t count;

void pagemap_read(const char *from, const char *end)
{
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    first = (uintptr_t)from / PAGE;
    count = ((uintptr_t)end + PAGE - 1) / PAGE - first;
    size_t length = count * sizeof *entries;
    entries = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pagemap < 0 || entries == MAP_FAILED)
        abort();
    for (size_t done = 0; done < length;) {
        ssize_t got = pread(pagemap, (char *)entries + done, length - done, (off_t)(first * sizeof *entries + done));
        if (got <= 0)
            abort();
        done += (size_t)got;
    }
    close(pagemap);
}

/* In the child of a fork, a page that it shares with nobody (Linux, Documentation/admin-guide/mm/pagemap.rst: bit 63 present,
 * bit 56 exclusively mapped). */
bool pagemap_is_written(const char *page)
{
    uintptr_t number = (uintptr_t)page / PAGE - first;
    return number < count && (entries[number] >> 63 & 1) && (entries[number] >> 56 & 1);
}

size_t pagemap_list_written(const char *from, const char *end, uint64_t *pages, size_t most)
{
    size_t listed = 0;
    pagemap_read(from, end);
    for (; from < end && listed < most; from += PAGE)
        if (pagemap_is_written(from))
            pages[listed++] = (uintptr_t)from;
    munmap(entries, count * sizeof *entries);
    return listed;
}
