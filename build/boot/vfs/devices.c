/* Devices that code takes for granted and an empty root lacks: /dev/urandom and /dev/null. See files.h. */
#include "files.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { RANDOM = 1 << 16 }; /* bytes of a file that stands for an endless one: seeds are some hundred at the most */

static int fill(int fd)
{
    unsigned char bytes[256]; /* as many as getrandom(2) gives at once */
    for (size_t done = 0; done < RANDOM; done += sizeof bytes)
        if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes || write(fd, bytes, sizeof bytes) != sizeof bytes)
            return -1;
    return lseek(fd, 0, SEEK_SET) < 0 ? -1 : fd;
}

int devices_open(const char *path, int before)
{
    bool random = path && (!strcmp(path, "/dev/urandom") || !strcmp(path, "/dev/random"));
    if (!random && (!path || strcmp(path, "/dev/null")))
        return -1;
    int fd = files_new();
    if (fd >= 0 && random && fill(fd) < 0) {
        close(fd);
        fd = -1;
    }
    errno = fd < 0 ? ENOENT : before;
    return fd;
}
