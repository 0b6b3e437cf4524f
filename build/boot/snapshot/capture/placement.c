/* The plan of the image's heap: what a rehearsal saw of each allocation, by its number, which is the same in each snapshot
 * (snapshot/capture/profile.c writes it, snapshot/capture/heap.c follows it). Build time only. */
#include "snapshot/capture/placement.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct planned *pieces;
static size_t count;

void plan_read(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status))
        abort();
    count = (size_t)status.st_size / sizeof *pieces;
    void *memory = count ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (memory == MAP_FAILED)
        abort();
    pieces = memory;
    close(fd);
}

size_t plan_count(void)
{
    return count;
}

struct planned plan_of(size_t number)
{
    return number < count ? pieces[number] : (struct planned){AREA_REST, 0};
}
