/* Files without a name: inputs and outputs of runs that have no exchange, and what the file carries, when it is opened. */
#include "shared/nameless_file.h"

#include "shared/place.h"
#include "shared/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel is asked itself: libc's functions may be those of vfs/, which call this. */
static int file_in(const char *folder)
{
    char path[PLACE_MAX];
    if (!folder || *folder != '/' || strlen(folder) >= PATH_MAX)
        return -1;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && (fd = place_make(folder, 0, path)) >= 0)
        syscall(SYS_unlink, path); /* a file system without such files */
    return fd;
}

int nameless_file(const char *folder)
{
    int fd = place_in_memory(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL), problem = -fd;
    if (fd >= 0)
        return fd;
    const char *folders[] = {folder, getenv("FN_TMP_DIR"), getenv("TMPDIR"), settings_own()->data_dir, "/tmp"};
    for (size_t i = 0; fd < 0 && i < sizeof folders / sizeof *folders; i++)
        fd = file_in(folders[i]);
    errno = problem;
    return fd < 0 ? -1 : fd;
}

bool write_whole(int fd, const void *bytes, size_t length)
{
    for (const char *next = bytes; length;) {
        ssize_t written = write(fd, next, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        next += written;
        length -= (size_t)written;
    }
    return true;
}

bool read_into(int fd, int file)
{
    char bytes[64 * 1024];
    ssize_t length = read(fd, bytes, sizeof bytes);
    if (length < 0)
        return errno == EINTR || errno == EAGAIN;
    errno = 0;
    return length > 0 && write_whole(file, bytes, (size_t)length);
}
