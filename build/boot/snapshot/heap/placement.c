/* The placements in the snapshot's heap: what a profiling run saw of each allocation, by its number, which is the same in each snapshot
 * (snapshot/heap/profile.c writes it, snapshot/heap/heap.c follows it). Build time only. */
#include "snapshot/heap/placement.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct placement *blocks;
static size_t count;

void placements_read(const char *path, void *wanted)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status))
        abort();
    count = (size_t)status.st_size / sizeof *blocks;
    void *memory = count ? mmap(wanted, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (memory == MAP_FAILED)
        abort();
    blocks = memory;
    close(fd);
}

void placements_forget(void)
{
    if (count)
        munmap((void *)(uintptr_t)blocks, count * sizeof *blocks);
    blocks = NULL;
    count = 0;
}

size_t placement_count(void)
{
    return count;
}

struct placement placement_of(size_t number)
{
    return number < count ? blocks[number] : (struct placement){SECTION_COLD, 0};
}
