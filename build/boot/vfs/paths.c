/* libc's functions that take the path of a file, for paths of bundled ones. See files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SOME_DAY = 315532800 }; /* 1980-01-01, the first day that a zip archive can hold */

static int fail(int problem)
{
    errno = problem;
    return -1;
}

/* The kernel's answer about a path that is not bundled. */
static int otherwise(const char *path, long result)
{
    if (result < 0)
        files_explain(path);
    return (int)result;
}

/* Whether a path is that of a bundled file or folder. Where the running file lies at the root, it is found there, too. */
static bool find(const char *path, struct file *file)
{
    struct stat real;
    return files_find(path, file) &&
           (file->row != fn_archive.paths || syscall(SYS_stat, path, &real) || S_ISDIR(real.st_mode));
}

/* ---- opening ---- */

static int kept_open(int fd, int flags)
{
    if (fd >= 0 && !(flags & O_CLOEXEC))
        fcntl(fd, F_SETFD, 0);
    return fd;
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    struct file file;
    if (!find(path, &file)) {
        if (flags & O_CREAT && files_is_below(path))
            return fail(EROFS);
        int before = errno, fd = otherwise(path, syscall(SYS_openat, folder, path, flags, mode));
        return fd < 0 && errno == ENOENT ? kept_open(devices_open(path, before), flags) : fd;
    }
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return fail(EEXIST);
    if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
        return fail(file.is_folder ? EISDIR : EROFS);
    if (file.is_folder || flags & O_DIRECTORY)
        return fail(file.is_folder ? EISDIR : ENOTDIR);
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

ANSWER(int, open64)(const char *path, int flags, ...)
{
    return open_at(AT_FDCWD, path, flags | O_LARGEFILE, MODE_AFTER(flags));
}

ANSWER(int, openat)(int folder, const char *path, int flags, ...)
{
    return open_at(folder, path, flags, MODE_AFTER(flags));
}

ANSWER(int, openat64)(int folder, const char *path, int flags, ...)
{
    return open_at(folder, path, flags | O_LARGEFILE, MODE_AFTER(flags));
}

/* What the ones above are called as in code that is compiled with checks. */
ANSWER(int, __open_2)(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

ANSWER(int, __open64_2)(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags | O_LARGEFILE, 0);
}

ANSWER(int, __openat_2)(int folder, const char *path, int flags)
{
    return open_at(folder, path, flags, 0);
}

ANSWER(int, __openat64_2)(int folder, const char *path, int flags)
{
    return open_at(folder, path, flags | O_LARGEFILE, 0);
}

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

static FILE *or_device(FILE *stream, const char *path, const char *mode)
{
    return stream || errno != ENOENT ? stream : stream_of(devices_open(path, 0), mode);
}

ANSWER(FILE *, fopen)(const char *path, const char *mode)
{
    struct file file;
    return find(path, &file) ? open_stream(&file, mode) : or_device(NEXT(fopen)(path, mode), path, mode);
}

ANSWER(FILE *, fopen64)(const char *path, const char *mode)
{
    struct file file;
    return find(path, &file) ? open_stream(&file, mode) : or_device(NEXT(fopen64)(path, mode), path, mode);
}

/* ---- looking ---- */

/* As installed: a copy shall be its owner's to change and to remove. */
static mode_t mode_of(const struct file *file)
{
    return file->is_folder ? S_IFDIR | 0755 : S_IFREG | (files_is_program(file) ? 0755 : 0644);
}

#ifdef FN_STATIC
int without_numbers(int result, struct stat *status); /* snapshot/capture/determinism.c */
#else
#define without_numbers(result, status) (result)
#endif

static int stat_at(int folder, const char *path, void *to, int flags)
{
    struct file file;
    if (!find(path, &file))
        return without_numbers(otherwise(path, syscall(SYS_newfstatat, folder, path, to, flags)), to);
    *(struct stat *)to = (struct stat){
        .st_mode = mode_of(&file), .st_size = (off_t)file.length, .st_ino = files_number(file.row), .st_nlink = 1,
        .st_blksize = 4096, .st_blocks = (blkcnt_t)(file.length + 511) / 512,
        .st_mtime = SOME_DAY, .st_atime = SOME_DAY, .st_ctime = SOME_DAY,
    };
    return 0;
}

ANSWER(int, stat)(const char *path, struct stat *to)
{
    return stat_at(AT_FDCWD, path, to, 0);
}

ANSWER(int, stat64)(const char *path, struct stat64 *to)
{
    return stat_at(AT_FDCWD, path, to, 0);
}

ANSWER(int, lstat)(const char *path, struct stat *to)
{
    return stat_at(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

ANSWER(int, lstat64)(const char *path, struct stat64 *to)
{
    return stat_at(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

ANSWER(int, fstatat)(int folder, const char *path, struct stat *to, int flags)
{
    return stat_at(folder, path, to, flags);
}

ANSWER(int, fstatat64)(int folder, const char *path, struct stat64 *to, int flags)
{
    return stat_at(folder, path, to, flags);
}

/* What code that was compiled with glibc before 2.33 calls them. */
#define OF_OLDER_GLIBC(name, flags)                                                                                    \
    ANSWER(int, name)(int version, const char *path, void *to);                                                        \
    ANSWER(int, name)(int version, const char *path, void *to)                                                         \
    {                                                                                                                  \
        (void)version;                                                                                                 \
        return stat_at(AT_FDCWD, path, to, flags);                                                                     \
    }
OF_OLDER_GLIBC(__xstat, 0)
OF_OLDER_GLIBC(__xstat64, 0)
OF_OLDER_GLIBC(__lxstat, AT_SYMLINK_NOFOLLOW)
OF_OLDER_GLIBC(__lxstat64, AT_SYMLINK_NOFOLLOW)

ANSWER(int, statx)(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict to)
{
    struct file file;
    if (!find(path, &file))
        return otherwise(path, syscall(SYS_statx, folder, path, flags, mask, to));
    *to = (struct statx){
        .stx_mask = STATX_BASIC_STATS, .stx_mode = (uint16_t)mode_of(&file), .stx_size = file.length, .stx_nlink = 1,
        .stx_ino = files_number(file.row), .stx_blksize = 4096, .stx_blocks = (file.length + 511) / 512,
        .stx_mtime.tv_sec = SOME_DAY, .stx_atime.tv_sec = SOME_DAY, .stx_ctime.tv_sec = SOME_DAY,
    };
    return 0;
}

static int access_at(int folder, const char *path, int wanted, int flags)
{
    struct file file;
    if (!find(path, &file))
        return otherwise(path, flags ? syscall(SYS_faccessat2, folder, path, wanted, flags)
                                     : syscall(SYS_faccessat, folder, path, wanted));
    if (wanted & W_OK)
        return fail(EROFS);
    return wanted & X_OK && !(mode_of(&file) & S_IXUSR) ? fail(EACCES) : 0;
}

ANSWER(int, access)(const char *path, int wanted)
{
    return access_at(AT_FDCWD, path, wanted, 0);
}

ANSWER(int, faccessat)(int folder, const char *path, int wanted, int flags)
{
    return access_at(folder, path, wanted, flags);
}

ANSWER(ssize_t, readlink)(const char *restrict path, char *restrict to, size_t size)
{
    struct file file;
    return find(path, &file) ? fail(EINVAL) : otherwise(path, syscall(SYS_readlink, path, to, size));
}

ANSWER(char *, realpath)(const char *restrict path, char *restrict to)
{
    struct file file;
    char name[PATH_MAX];
    if (!find(path, &file) || !files_normalize(path, name)) {
        char *found = NEXT(realpath)(path, to);
        if (!found)
            files_explain(path);
        return found;
    }
    if (!to && !(to = malloc(PATH_MAX)))
        return NULL;
    snprintf(to, PATH_MAX, "%s%s%.*s", FILES_ROOT, *name ? "/" : "", (int)(PATH_MAX - sizeof FILES_ROOT - 1), name);
    return to;
}

ANSWER(char *, __realpath_chk)(const char *path, char *to, size_t size);
ANSWER(char *, __realpath_chk)(const char *path, char *to, size_t size)
{
    if (size < PATH_MAX)
        abort(); /* as libc's own */
    return realpath(path, to);
}
