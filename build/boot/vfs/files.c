/* Finds what the file carries at a path below /fn-bundle/, and makes open files of it. See files.h. */
#include "files.h"

#include "interpreter/archive.h"
#include "shared/nameless_file.h"
#include "shared/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROOT = sizeof FILES_ROOT - 1 };

bool files_is_below(const char *path)
{
    return path && !strncmp(path, FILES_ROOT, ROOT) && (path[ROOT] == '/' || !path[ROOT]);
}

/* Adds the parts of a path to a name of this length, without ".", ".." and empty ones. */
static bool add_parts(const char *path, char name[PATH_MAX], size_t length)
{
    for (const char *part = path + (*path == '/'); *part;) {
        size_t size = strcspn(part, "/");
        if (size == 2 && part[0] == '.' && part[1] == '.') {
            if (!length)
                return false;
            char *slash = memrchr(name, '/', length);
            length = slash ? (size_t)(slash - name) : 0;
        } else if (size && !(size == 1 && *part == '.')) {
            if (length + size + 2 > PATH_MAX)
                return false;
            if (length)
                name[length++] = '/';
            memcpy(name + length, part, size);
            length += size;
        }
        part += size + (part[size] == '/');
    }
    name[length] = 0;
    return true;
}

bool files_normalize(const char *path, char name[PATH_MAX])
{
    if (files_is_below(path))
        return add_parts(path + ROOT, name, 0);
    const char *zone = path ? zones_below(path) : NULL;
    return zone && add_parts(zone, memcpy(name, FILES_ZONES, sizeof FILES_ZONES), sizeof FILES_ZONES - 1);
}

int files_fail(int problem)
{
    errno = problem;
    return -1;
}

uint64_t files_number(const struct path *row)
{
    return (uint64_t)(row - fn_archive.paths) + 1;
}

bool files_find(const char *path, struct file *file)
{
    char name[PATH_MAX];
    if (!files_normalize(path, name))
        return false;
    const struct path *row = archive_path(name);
    if (!row)
        return false;
    bool is_folder = row->length == PATH_FOLDER;
    *file = (struct file){is_folder, row->bytes, is_folder ? 0 : row->length, row};
    return true;
}

bool files_is_program(const struct file *file)
{
    return file->length > 4 && (!memcmp(file->bytes, "\177ELF", 4) || !memcmp(file->bytes, "#!", 2));
}

int files_write(const struct file *file, int fd)
{
    int problem = place_write(fd, file->bytes, 0, file->length);
    if (!problem)
        return 0;
    errno = -problem;
    return -1;
}

/* A descriptor that can be read, mapped and moved in is that of a file. */
int files_new(void)
{
    int before = errno, fd = nameless_file(BUNDLED->folder), problem = errno;
    if (fd < 0)
        dprintf(STDERR_FILENO,
                "fn: a file below " FILES_ROOT " cannot be opened: no files in memory (%s), and none can be written in "
                "FN_TMP_DIR, TMPDIR, the exchange or /tmp; allow memfd_create, or name a folder with FN_TMP_DIR\n",
                strerrordesc_np(problem));
    errno = fd < 0 ? problem : before; /* OpenSSL takes any change for a failure */
    return fd;
}

int files_open(const struct file *file)
{
    int fd = files_new();
    if (fd < 0)
        return -1;
    if (files_write(file, fd) == 0)
        return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}
