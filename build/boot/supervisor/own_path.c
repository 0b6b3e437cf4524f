/* Where the file lies, for `sys.executable`: a path that a child of this process can execute, whatever folder it is in.
 * It need not be readable, nor has there to be a /proc. */
#include "supervisor/own_path.h"

#include "shared/absolute_path.h"

#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static bool begins_with(const char *text, const char *start)
{
    return !strncmp(text, start, strlen(start));
}

/* The kernel hands over the path that it was given; one of an open file says nothing to others. */
const char *own_path(void)
{
    static char path[PATH_MAX];
    const char *name = (const char *)getauxval(AT_EXECFN);
    if (!name || begins_with(name, "/dev/fd/") || begins_with(name, "/proc/")) {
        ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
        path[length > 0 ? length : 0] = 0;
        return path;
    }
    if (*name == '/')
        return name;
    return absolute_path(name, path) ? path : "";
}
