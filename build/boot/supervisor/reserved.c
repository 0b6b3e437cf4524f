/* The space for an error that a full disk still takes. Most file systems reserve it. For one that cannot (ext2, NFS, FUSE), and
 * in a sandbox that forbids to ask, it is written, with an error that can be published as it is if no other can be written. */
#include "supervisor/reserved.h"

#include "shared/place.h"
#include "shared/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The error, and blanks behind it up to the end of the space. Returns its length without them. */
static size_t make_error(char space[REPORT_BRIEF_MAX])
{
    static const char error[] = "{\"code\":\"fn.output.unwritable\",\"message\":\"the exchange took neither the result nor the "
                                "error of the run: most often its disk is full\"}";
    memset(space, ' ', REPORT_BRIEF_MAX);
    memcpy(space, error, sizeof error - 1);
    return sizeof error - 1;
}

/* NFS takes what is written, and finds out only later that its server has no room. Where nothing can be found out, as in a
 * sandbox that forbids the call, what was written counts. */
static bool has_arrived(int fd)
{
    enum { NOW = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER };
    return sync_file_range(fd, 0, REPORT_BRIEF_MAX, NOW) == 0 || (errno != ENOSPC && errno != EDQUOT && errno != EIO);
}

bool reserved_take(int fd)
{
    char space[REPORT_BRIEF_MAX];
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, sizeof space) == 0)
        return true;
    if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EPERM)
        return false;
    make_error(space);
    return reserved_fill(fd, space, sizeof space) && has_arrived(fd);
}

/* Overwrites what there is of an output, and cuts the file afterwards: emptying it first would free its space, and
 * others could take it. */
bool reserved_fill(int fd, const char *json, size_t length)
{
    int problem = place_write(fd, json, 0, length);
    if (problem)
        errno = -problem;
    return !problem && ftruncate(fd, (off_t)length) == 0;
}

bool reserved_is_error(int fd)
{
    int problem = errno; /* why nothing else could be written */
    char error[REPORT_BRIEF_MAX], found[REPORT_BRIEF_MAX + 1];
    size_t length = make_error(error);
    bool is_error = pread(fd, found, sizeof found, 0) == sizeof error && memcmp(found, error, sizeof error) == 0;
    if (is_error)
        (void)!ftruncate(fd, (off_t)length); /* or the blanks stay, which JSON allows */
    errno = problem;
    return is_error;
}
