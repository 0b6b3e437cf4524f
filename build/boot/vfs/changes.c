/* libc's functions that would change what lies at a path: below /fn they are refused, as where a file system is mounted
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
    return is_bundled(path) ? paths_fail(EROFS) : NEXT(chmod)(path, mode);
}

ANSWER(int, utimensat)(int folder, const char *path, const struct timespec times[2], int flags)
{
    return is_bundled(path) ? paths_fail(EROFS) : NEXT(utimensat)(folder, path, times, flags);
}

ANSWER(int, truncate)(const char *path, off_t length)
{
    return is_bundled(path) ? paths_fail(EROFS) : NEXT(truncate)(path, length);
}

ANSWER(int, truncate64)(const char *path, off64_t length)
{
    return is_bundled(path) ? paths_fail(EROFS) : NEXT(truncate64)(path, length);
}

ANSWER(int, unlink)(const char *path)
{
    return is_bundled(path) ? paths_fail(EROFS) : NEXT(unlink)(path);
}

ANSWER(int, rmdir)(const char *path)
{
    return is_bundled(path) ? paths_fail(EROFS) : NEXT(rmdir)(path);
}

/* ---- what would be new ---- */

ANSWER(int, mkdir)(const char *path, mode_t mode)
{
    return files_is_below(path) ? paths_fail(is_bundled(path) ? EEXIST : EROFS) : NEXT(mkdir)(path, mode);
}

ANSWER(int, rename)(const char *from, const char *to)
{
    return is_bundled(from) || files_is_below(to) ? paths_fail(EROFS) : NEXT(rename)(from, to);
}

ANSWER(int, link)(const char *from, const char *to)
{
    return is_bundled(from) ? paths_fail(EXDEV) : files_is_below(to) ? paths_fail(EROFS) : NEXT(link)(from, to);
}

ANSWER(int, symlink)(const char *target, const char *path)
{
    return files_is_below(path) ? paths_fail(EROFS) : NEXT(symlink)(target, path);
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
    return is_bundled(path) ? paths_fail(ENODATA) : NEXT(getxattr)(path, name, value, size);
}

ANSWER(ssize_t, lgetxattr)(const char *path, const char *name, void *value, size_t size)
{
    return is_bundled(path) ? paths_fail(ENODATA) : NEXT(lgetxattr)(path, name, value, size);
}
