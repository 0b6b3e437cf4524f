/* libc's functions that open a file by its path, for paths of bundled ones. See files.h. */
#include "vfs/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int kept_open(int fd, int flags)
{
    if (fd >= 0 && !(flags & O_CLOEXEC))
        fcntl(fd, F_SETFD, 0);
    return fd;
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    struct file file;
    if (!files_find(path, &file)) {
        if (flags & O_CREAT && files_is_below(path))
            return files_fail(EROFS);
        struct place place = aside(folder, path);
        int before = errno, fd = (int)syscall(SYS_openat, place.folder, place.path, flags, mode);
        return fd < 0 && errno == ENOENT ? kept_open(devices_open(path, before), flags) : fd;
    }
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return files_fail(EEXIST);
    if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
        return files_fail(file.is_folder ? EISDIR : EROFS);
    if (file.is_folder || flags & O_DIRECTORY)
        return files_fail(file.is_folder ? EISDIR : ENOTDIR);
    return kept_open(files_open(&file), flags);
}

/* Called with a mode or without. */
#define MODE_AFTER(flags)                                                                                              \
    __extension__({                                                                                                    \
        mode_t mode_ = 0;                                                                                              \
        if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                       \
            va_list rest;                                                                                              \
            va_start(rest, flags);                                                                                     \
            mode_ = va_arg(rest, mode_t);                                                                              \
            va_end(rest);                                                                                              \
        }                                                                                                              \
        mode_;                                                                                                         \
    })

ANSWER(int, open)(const char *path, int flags, ...)
{
    return open_at(AT_FDCWD, path, flags, MODE_AFTER(flags));
}

ANSWER_TWIN(open, open64);

ANSWER(int, openat)(int folder, const char *path, int flags, ...)
{
    return open_at(folder, path, flags, MODE_AFTER(flags));
}

ANSWER_TWIN(openat, openat64);

/* What the ones above are called as in code that is compiled with checks. */
ANSWER(int, __open_2)(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

ANSWER_TWIN(__open_2, __open64_2);

ANSWER(int, __openat_2)(int folder, const char *path, int flags)
{
    return open_at(folder, path, flags, 0);
}

ANSWER_TWIN(__openat_2, __openat64_2);

static FILE *stream_of(int fd, const char *mode)
{
    FILE *stream = kept_open(fd, strchr(mode, 'e') ? O_CLOEXEC : 0) < 0 ? NULL : fdopen(fd, mode);
    if (!stream && fd >= 0)
        close(fd);
    return stream;
}

static FILE *open_stream(const struct file *file, const char *mode)
{
    if (!file->is_folder && *mode == 'r' && !strchr(mode, '+'))
        return stream_of(files_open(file), mode);
    errno = file->is_folder ? EISDIR : EROFS;
    return NULL;
}

static FILE *open_aside(const char *path, const char *mode)
{
    int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
    flags |= *mode == 'w' ? O_CREAT | O_TRUNC : *mode == 'a' ? O_CREAT | O_APPEND : 0;
    return stream_of(open_at(AT_FDCWD, path, flags | (strchr(mode, 'x') ? O_EXCL : 0) | O_CLOEXEC, 0666), mode);
}

static FILE *or_device(FILE *stream, const char *path, const char *mode)
{
    return stream || errno != ENOENT ? stream : stream_of(devices_open(path, 0), mode);
}

ANSWER(FILE *, fopen)(const char *path, const char *mode)
{
    struct file file;
    if (is_aside(path))
        return open_aside(path, mode);
    return files_find(path, &file) ? open_stream(&file, mode) : or_device(NEXT(fopen)(path, mode), path, mode);
}

ANSWER_TWIN(fopen, fopen64);
