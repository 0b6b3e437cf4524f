/* libc's functions that look at a file by its path, for paths of bundled ones. See files.h. */
#include "vfs/files.h"
#include "snapshot/boot_mode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SOME_DAY = 315619200 }; /* 1980-01-02: a zip archive can hold it, whatever the time zone */

/* The mode that installed files have, so that the owner of a copy may change and remove it. */
static mode_t mode_of(const struct file *file)
{
    return file->is_folder ? S_IFDIR | 0755 : S_IFREG | (files_is_program(file) ? 0755 : 0644);
}

static int stat_at(int folder, const char *path, void *to, int flags)
{
    struct file file;
    if (!files_find(path, &file)) {
        struct place place = aside(folder, path);
        long result = syscall(SYS_newfstatat, place.folder, place.path, to, flags);
        return files_without_numbers((int)result, to);
    }
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

/* The names of these functions in code that was compiled with glibc before 2.33. */
#define OF_OLDER_GLIBC(name, flags)                                                                                    \
    ANSWER(int, name)(int version, const char *path, void *to)                                                         \
    {                                                                                                                  \
        (void)version;                                                                                                 \
        return stat_at(AT_FDCWD, path, to, flags);                                                                     \
    }
OF_OLDER_GLIBC(__xstat, 0)
OF_OLDER_GLIBC(__xstat64, 0)
OF_OLDER_GLIBC(__lxstat, AT_SYMLINK_NOFOLLOW)
OF_OLDER_GLIBC(__lxstat64, AT_SYMLINK_NOFOLLOW)

/* As nobody.c has it of libc's older way. */
static int statx_without_numbers(int result, struct statx *status)
{
    if (boot == BOOT_CAPTURE && result == 0)
        *status = (struct statx){
            .stx_mask = status->stx_mask,
            .stx_blksize = status->stx_blksize,
            .stx_mode = status->stx_mode,
            .stx_nlink = S_ISDIR(status->stx_mode) ? 1 : status->stx_nlink,
            .stx_size = S_ISDIR(status->stx_mode) ? 0 : status->stx_size,
        };
    return result;
}

ANSWER(int, statx)(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict to)
{
    struct file file;
    if (!files_find(path, &file)) {
        struct place place = aside(folder, path);
        long result = syscall(SYS_statx, place.folder, place.path, flags, mask, to);
        return statx_without_numbers((int)result, to);
    }
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
    if (!files_find(path, &file)) {
        struct place place = aside(folder, path);
        return NEXT(faccessat)(place.folder, place.path, wanted, flags); /* before Linux 5.8 libc reads flags itself */
    }
    if (wanted & W_OK)
        return files_fail(EROFS);
    return wanted & X_OK && !(mode_of(&file) & S_IXUSR) ? files_fail(EACCES) : 0;
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
    struct place place = aside(AT_FDCWD, path);
    return files_find(path, &file) ? files_fail(EINVAL) : syscall(SYS_readlinkat, place.folder, place.path, to, size);
}

ANSWER(char *, realpath)(const char *restrict path, char *restrict to)
{
    struct file file;
    char name[PATH_MAX];
    if (is_aside(path)) {
        size_t length = strlen(path) + 1;
        if (access(path, F_OK) < 0 || (!to && !(to = malloc(length > PATH_MAX ? length : PATH_MAX))))
            return NULL;
        return memcpy(to, path, length);
    }
    if (!files_find(path, &file) || !files_normalize(path, name))
        return NEXT(realpath)(path, to);
    if (!to && !(to = malloc(PATH_MAX)))
        return NULL;
    snprintf(to, PATH_MAX, "%s%s%.*s", FILES_ROOT, *name ? "/" : "", (int)(PATH_MAX - sizeof FILES_ROOT - 1), name);
    return to;
}

ANSWER(char *, __realpath_chk)(const char *path, char *to, size_t size)
{
    if (size < PATH_MAX)
        abort(); /* as libc's own function does */
    return realpath(path, to);
}
