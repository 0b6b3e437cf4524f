/* Finds what the file carries at a path below /fn/, and makes open files of it. See files.h. */
#include "files.h"

#include "interpreter/archive.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { ROOT = sizeof FILES_ROOT - 1 };

bool files_is_below(const char *path)
{
    return path && !strncmp(path, FILES_ROOT, ROOT) && (path[ROOT] == '/' || !path[ROOT]);
}

bool files_normalize(const char *path, char name[PATH_MAX])
{
    size_t length = 0;
    for (const char *part = path + ROOT + (path[ROOT] == '/'); *part;) {
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

bool files_each(bool (*visit)(const char *path, bool is_folder, void *context), void *context)
{
    for (uint32_t i = 0; i < CARRIED->object_count; i++)
        if (!visit(CARRIED->objects[i].path + ROOT + 1, false, context))
            return false;
    return archive_each_path(visit, context);
}

static bool differs(const char *path, bool is_folder, void *name)
{
    size_t length = strlen(name);
    return strncmp(path, name, length) || !(path[length] == '/' || (is_folder && !path[length]));
}

static uint64_t number_of(const char *name)
{
    uint64_t number = 14695981039346656037U; /* FNV-1a */
    for (; *name; name++)
        number = (number ^ (unsigned char)*name) * 1099511628211U;
    return number;
}

bool files_find(const char *path, struct file *file)
{
    char name[PATH_MAX];
    if (!files_is_below(path) || !files_normalize(path, name))
        return false;
    *file = (struct file){.number = number_of(name)};
    for (uint32_t i = 0; i < CARRIED->object_count; i++)
        if (!strcmp(CARRIED->objects[i].path + ROOT + 1, name)) {
            file->bytes = CARRIED->objects[i].bytes;
            file->length = CARRIED->objects[i].length;
            return true;
        }
    size_t length;
    if (archive_data(name, &file->bytes, &length)) {
        file->length = length;
        return true;
    }
    file->is_folder = true;
    return !*name || !files_each(differs, name);
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

int files_open(const struct file *file)
{
    char path[PLACE_MAX];
    const char *folder = CARRIED->folder;
    int fd = place_make("", 0, path);
    if (fd < 0 && *folder && (fd = place_make(folder, 0, path)) >= 0)
        unlink(path);
    if (fd < 0) {
        errno = -fd;
        return -1;
    }
    if (files_write(file, fd) == 0)
        return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}
