/* The database of time zones, where a machine has none: /usr/share/zoneinfo is that of tzdata in the file, as if it were
 * a link to it. C code has no other place to look at (Arrow's, ICU's). See files.h. */
#include "files.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo"
enum { LENGTH = sizeof ZONES - 1 };

const char *zones_below(const char *path)
{
    if (strncmp(path, ZONES, LENGTH) || (path[LENGTH] && path[LENGTH] != '/'))
        return NULL;
    return syscall(SYS_access, ZONES, F_OK) ? path + LENGTH : NULL;
}
