/* The archive: Python modules and data files, linked into the file and mapped by the kernel. build/archive/writer.py makes
 * it in PyInstaller's format CArchive (documentation "Advanced topics"): entries, a table of contents, a cookie at the end.
 * Nothing is copied: the interpreter reads code straight from the mapping, except for compressed modules
 * (static/compressed_modules.c). Modules and paths are found in sorted tables of the file (build/archive/index.py). */
#include "interpreter/archive.h"

#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COOKIE_LENGTH = 88 };

/* Tells whether the archive is whole; archive_modules asks once, before anything else is read. */
static bool has_cookie(void)
{
    size_t length = (size_t)(fn_archive.end - fn_archive.start);
    return length >= COOKIE_LENGTH && memcmp(fn_archive.end - COOKIE_LENGTH, "MEI\014\013\012\013\016", 8) == 0;
}

/* ---- modules ---- */

static int compare_module(const void *name, const void *module)
{
    return strcmp(name, ((const struct module *)module)->name);
}

const struct module *archive_module(const char *name)
{
    return bsearch(name, fn_archive.modules, fn_archive.module_count, sizeof *fn_archive.modules, compare_module);
}

bool archive_is_package(const struct module *module)
{
    return module->kind == MODULE_PLAIN_PACKAGE || module->kind == MODULE_PACKED_PACKAGE;
}

bool archive_is_packed(const struct module *module)
{
    return module->kind >= MODULE_PACKED;
}

/* Copies to `to`, unless that is NULL, the row of a module and, if it is a package, of all modules in it; returns how many. */
static size_t add_module(const char *name, struct _frozen *to)
{
    const struct module *module = archive_module(name), *end = fn_archive.modules + fn_archive.module_count;
    size_t length = strlen(name), count = 0;
    for (; module && module < end && !strncmp(module->name, name, length); module++) {
        if (archive_is_packed(module) || (module->name[length] && module->name[length] != '.'))
            continue;
        if (to) {
            to[count].name = module->name;
            to[count].code = (const unsigned char *)module->code;
            to[count].size = (int)module->length;
            to[count].is_package = archive_is_package(module);
        }
        count++;
    }
    return count;
}

/* Adds what the interpreter imports before it has the finder of entry/frozen/importer.py; `warnings` is for -W. */
static size_t add_modules(struct _frozen *to)
{
    static const char *const first[] = {
        "__future__", "_frozen_importlib", "_frozen_importlib_external", "abc", "codecs", "encodings", "entry", "io",
        "warnings", "zipimport",
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        count += add_module(first[i], to ? to + count : NULL);
    return count;
}

struct _frozen *archive_modules(void)
{
    if (!has_cookie()) {
        errno = ENOEXEC;
        return NULL;
    }
    struct _frozen *modules = calloc(add_modules(NULL) + 1, sizeof *modules);
    if (modules)
        add_modules(modules);
    return modules;
}

/* The stream begins with the number of blocks and a table of them (build/archive/compression.py). */
bool archive_block(uint32_t number, struct block *block)
{
    const char *stream = fn_archive.stream;
    uint64_t length = fn_archive.stream_length;
    uint32_t count, row[3]; /* offset and length in the stream, length unpacked */
    if (length < sizeof count)
        return false;
    memcpy(&count, stream, sizeof count);
    if (number >= count || count > (length - sizeof count) / sizeof row)
        return false;
    memcpy(row, stream + sizeof count + number * sizeof row, sizeof row);
    if (row[0] > length || row[1] > length - row[0])
        return false;
    *block = (struct block){stream + row[0], row[1], row[2]};
    return true;
}

/* ---- paths ---- */

static size_t folder_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? (size_t)(slash - name) : 0;
}

/* Compares by folder, then by name in it. */
static int compare_path(const void *key, const void *path)
{
    const char *one = key, *other = ((const struct path *)path)->name;
    size_t length = folder_length(one), other_length = folder_length(other);
    int order = memcmp(one, other, length < other_length ? length : other_length);
    if (order || length != other_length)
        return order ? order : length < other_length ? -1 : 1;
    return strcmp(one + length, other + length);
}

const struct path *archive_path(const char *name)
{
    if (!*name)
        return fn_archive.paths;
    return bsearch(name, fn_archive.paths + 1, fn_archive.path_count - 1, sizeof *fn_archive.paths, compare_path);
}

bool archive_data(const char *name, const char **start, size_t *length)
{
    const struct path *path = archive_path(name);
    if (!path || path->length == PATH_FOLDER)
        return false;
    *start = path->bytes;
    *length = path->length;
    return true;
}
