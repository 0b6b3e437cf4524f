/* A file that comes into being whole: written under a name of its own beside its place, then renamed. */
#include "hosts/call/new_file.h"

#include "shared/nameless_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int named_descriptor(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (!strcmp(path, "/dev/stdout"))
        return STDOUT_FILENO;
    if (!strcmp(path, "/dev/stderr"))
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t length = strlen(folders[i]);
        if (!strncmp(path, folders[i], length) && path[length] && strspn(path + length, "0123456789") == strlen(path + length))
            return atoi(path + length);
    }
    return -1;
}

int open_for_writing(const char *path, int flags, bool (*wait)(void))
{
    int fd;
    while ((fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | flags, 0644)) < 0)
        if (errno != ENXIO || !wait())
            return -1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

/* What is no ordinary file (a device, a pipe) is written as it is. */
bool new_file_open(struct new_file *file, const char *path, bool (*wait)(void))
{
    struct stat status;
    bool exists = stat(path, &status) == 0;
    int own = named_descriptor(path);
    file->temporary[0] = 0;
    if (own >= 0) { /* whoever started this writes there, too: a file that took its place would part them */
        file->fd = fcntl(own, F_DUPFD_CLOEXEC, 0);
        return file->fd >= 0;
    }
    if (exists && !S_ISREG(status.st_mode)) {
        file->fd = open_for_writing(path, 0, wait);
        return file->fd >= 0;
    }
    if (!exists || !realpath(path, file->path)) { /* a link is followed, as `>` does */
        if (strlen(path) >= sizeof file->path - 16) {
            errno = ENAMETOOLONG;
            return false;
        }
        strcpy(file->path, path);
    }
    const char *slash = strrchr(file->path, '/');
    int folder = slash ? (int)(slash - file->path) + 1 : 0;
    snprintf(file->temporary, sizeof file->temporary, "%.*s.fn.XXXXXX", folder, file->path);
    file->fd = mkostemp(file->temporary, O_CLOEXEC);
    if (file->fd < 0)
        return false;
    fchmod(file->fd, 0644); /* whatever the umask: who reads it may be another user */
    return true;
}

bool new_file_is_special(const struct new_file *file)
{
    return !file->temporary[0];
}

bool new_file_publish(struct new_file *file)
{
    bool done = new_file_is_special(file) || rename(file->temporary, file->path) == 0;
    if (!done)
        new_file_drop(file);
    return done;
}

bool new_file_write(const char *path, const char *bytes, size_t length, bool (*wait)(void))
{
    struct new_file file;
    if (!new_file_open(&file, path, wait))
        return false;
    if (write_whole(file.fd, bytes, length))
        return new_file_publish(&file);
    new_file_drop(&file);
    return false;
}

void new_file_drop(struct new_file *file)
{
    int reason = errno;
    if (!new_file_is_special(file))
        unlink(file->temporary);
    errno = reason;
}
