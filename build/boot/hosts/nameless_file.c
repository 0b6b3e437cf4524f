/* Files without a name: inputs and outputs of runs that have no exchange. In memory; where a sandbox does not allow that, in
 * TMPDIR or /tmp. */
#include "hosts/nameless_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int nameless_file(void)
{
    int fd = memfd_create("fn", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const char *folder = getenv("TMPDIR");
    if (fd < 0 && folder && *folder)
        fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd;
}

bool write_whole(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

bool read_into(int fd, int memory)
{
    char bytes[64 * 1024];
    ssize_t length = read(fd, bytes, sizeof bytes);
    if (length < 0)
        return errno == EINTR || errno == EAGAIN;
    errno = 0;
    return length > 0 && write_whole(memory, bytes, (size_t)length);
}
