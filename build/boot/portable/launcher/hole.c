/* Fills the address space but for a hole, so that the loader, libc and all that they map lie in it, at the same addresses
 * each time: mappings that nobody may touch cost nothing. brk(2) fails then, and malloc does without. Build time only. */
#include "portable/launcher/hole.h"
#include "portable/process_snapshot.h"
#include "shared/report.h"

#include <sys/mman.h>
#include <unistd.h>

enum { LEFT_TO_CHANCE = 64 << 20 }; /* bytes, of which one in sixteen tries begins in */
enum { PAGE = 4096, FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE };

/* Linux begins the memory of brk(2) at random, up to a gigabyte behind the program: once more, if that is in the hole. */
static void begin_elsewhere(char **argv)
{
    extern char end;
    char *place = sbrk(0), *hole = (char *)HOLE_START;
    if (place >= hole && place < (char *)HOLE_END && &end < hole - LEFT_TO_CHANCE)
        execv("/proc/self/exe", argv);
}

void hole_open(char **argv)
{
    char *hole = (char *)HOLE_START;
    if (mmap(hole, HOLE_END - HOLE_START, PROT_NONE, FLAGS | MAP_FIXED_NOREPLACE, -1, 0) != hole) {
        begin_elsewhere(argv);
        cannot_start("the addresses of a snapshot are in use");
    }
    for (size_t size = 1UL << 46; size >= PAGE; size /= 2)
        while (mmap(NULL, size, PROT_NONE, FLAGS, -1, 0) != MAP_FAILED)
            ;
    munmap(hole, HOLE_END - HOLE_START);
}

/* Between pages that nobody may touch: the kernel would join it with its neighbours. */
char *hole_stack(void)
{
    char *memory = mmap(NULL, HOLE_STACK + 2 * PAGE, PROT_NONE, FLAGS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + PAGE, HOLE_STACK, PROT_READ | PROT_WRITE))
        cannot_start("not enough memory to start");
    return memory + PAGE + HOLE_STACK;
}
