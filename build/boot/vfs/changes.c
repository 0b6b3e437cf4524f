/* libc's functions that would change what lies at a path: below /fn-bundle they are refused, as where a file system is mounted
 * read-only. And those for extended attributes, of which bundled files have none. See files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static bool is_bundled(const char *path)
{
    struct file file;
    return files_find(path, &file);
}

/* ---- what is there ---- */

ANSWER(int, chmod)(const char *path, mode_t mode)
{
    struct place place = aside(AT_FDCWD, path);
    return is_bundled(path) ? files_fail(EROFS) : fchmodat(place.folder, place.path, mode, 0);
}

ANSWER(int, utimensat)(int folder, const char *path, const struct timespec times[2], int flags)
{
    struct place place = aside(folder, path);
    return is_bundled(path) ? files_fail(EROFS) : NEXT(utimensat)(place.folder, place.path, times, flags);
}

ANSWER(int, truncate)(const char *path, off_t length)
{
    return is_bundled(path) ? files_fail(EROFS) : NEXT(truncate)(path, length);
}

ANSWER_TWIN(truncate, truncate64);

ANSWER(int, unlink)(const char *path)
{
    struct place place = aside(AT_FDCWD, path);
    return is_bundled(path) ? files_fail(EROFS) : unlinkat(place.folder, place.path, 0);
}

ANSWER(int, rmdir)(const char *path)
{
    struct place place = aside(AT_FDCWD, path);
    return is_bundled(path) ? files_fail(EROFS) : unlinkat(place.folder, place.path, AT_REMOVEDIR);
}

/* ---- what would be new ---- */

ANSWER(int, mkdir)(const char *path, mode_t mode)
{
    struct place place = aside(AT_FDCWD, path);
    if (files_is_below(path))
        return files_fail(is_bundled(path) ? EEXIST : EROFS);
    return mkdirat(place.folder, place.path, mode);
}

ANSWER(int, rename)(const char *from, const char *to)
{
    struct place source = aside(AT_FDCWD, from), place = aside(AT_FDCWD, to);
    if (is_bundled(from) || files_is_below(to))
        return files_fail(EROFS);
    return renameat(source.folder, source.path, place.folder, place.path);
}

ANSWER(int, link)(const char *from, const char *to)
{
    struct place source = aside(AT_FDCWD, from), place = aside(AT_FDCWD, to);
    if (is_bundled(from) || files_is_below(to))
        return files_fail(is_bundled(from) ? EXDEV : EROFS);
    return linkat(source.folder, source.path, place.folder, place.path, 0);
}

ANSWER(int, symlink)(const char *target, const char *path)
{
    struct place place = aside(AT_FDCWD, path);
    return files_is_below(path) ? files_fail(EROFS) : symlinkat(target, place.folder, place.path);
}

/* ---- extended attributes: whoever copies a file asks for them ---- */

ANSWER(ssize_t, listxattr)(const char *path, char *list, size_t size)
{
    return is_bundled(path) ? 0 : NEXT(listxattr)(path, list, size);
}

ANSWER(ssize_t, llistxattr)(const char *path, char *list, size_t size)
{
    return is_bundled(path) ? 0 : NEXT(llistxattr)(path, list, size);
}

ANSWER(ssize_t, getxattr)(const char *path, const char *name, void *value, size_t size)
{
    return is_bundled(path) ? files_fail(ENODATA) : NEXT(getxattr)(path, name, value, size);
}

ANSWER(ssize_t, lgetxattr)(const char *path, const char *name, void *value, size_t size)
{
    return is_bundled(path) ? files_fail(ENODATA) : NEXT(lgetxattr)(path, name, value, size);
}
