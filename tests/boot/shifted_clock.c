/* The clock of the supervisor where FN_TEST_CLOCK names a file: ahead by as many seconds as that says, a double, which a test
 * changes. By itself it all but stands still, so that no time passes but what the test lets pass, on whatever machine. */
#include "shared/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOWNESS = 1000 };

double __real_monotonic_now(void);
double __wrap_monotonic_now(void);

double __wrap_monotonic_now(void)
{
    static const volatile double *ahead;
    static double begun;
    const char *path = getenv("FN_TEST_CLOCK");
    if (path && !ahead) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        void *mapped = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
        if (mapped == MAP_FAILED)
            abort();
        close(fd);
        ahead = mapped;
        begun = __real_monotonic_now();
    }
    return ahead ? begun + (__real_monotonic_now() - begun) / SLOWNESS + *ahead : __real_monotonic_now();
}
