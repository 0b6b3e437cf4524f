/* The archive that PyInstaller packed: Python modules and data files, linked into the file and mapped by the kernel.
 * Format: PyInstaller's CArchive (documentation "Advanced topics"): entries, a table of contents, a cookie at the end.
 * Nothing is copied: the interpreter reads code straight from the mapping, but for modules that are packed
 * (static/compressed_modules.c). Modules and paths are found in sorted tables of the file (build/archive/index.py). */
#include "interpreter/archive.h"

#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COOKIE_LENGTH = 88, ENTRY_HEAD = 18 };

struct entry {
    const char *data;
    uint32_t length;
    char type;
    const char *name;
};
enum { BLOCK = 'k' }; /* a type of our own, beside PyInstaller's (build/archive/compression.py) */

static uint32_t big_endian(const char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return __builtin_bswap32(value);
}

/* NULL: the archive is damaged; it is asked for once, before anything else is read (archive_modules). */
static const char *cookie(void)
{
    size_t length = (size_t)(fn_archive.end - fn_archive.start);
    if (length < COOKIE_LENGTH)
        return NULL;
    const char *found = fn_archive.start + length - COOKIE_LENGTH;
    return memcmp(found, "MEI\014\013\012\013\016", 8) == 0 ? found : NULL;
}

/* Calls `visit` for every entry, until it returns false. */
static bool each_entry(bool (*visit)(const struct entry *entry, void *context), void *context)
{
    const char *start = fn_archive.start, *row = start + big_endian(cookie() + 12), *end = row + big_endian(cookie() + 16);
    for (; row < end; row += big_endian(row)) {
        struct entry entry = {
            start + big_endian(row + 4), big_endian(row + 8), row[17], row + ENTRY_HEAD,
        };
        if (!visit(&entry, context))
            return false;
    }
    return true;
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

bool archive_packed(const char *name, uint32_t *offset, uint32_t *length)
{
    const struct module *module = archive_module(name);
    if (!module || !archive_is_packed(module) || module->length != 2 * sizeof *offset)
        return false;
    memcpy(offset, module->code, sizeof *offset);
    memcpy(length, module->code + sizeof *offset, sizeof *length);
    return true;
}

/* Copies the row of a module and those of what is in it, if it is a package, to `to` unless that is NULL. Their number. */
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

/* What the interpreter imports before it has the finder of entry/frozen/importer.py; `warnings` for -W. */
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
    if (!cookie()) {
        errno = ENOEXEC;
        return NULL;
    }
    struct _frozen *modules = calloc(add_modules(NULL) + 1, sizeof *modules);
    if (modules)
        add_modules(modules);
    return modules;
}

struct block_search {
    size_t left; /* blocks to pass over */
    struct entry found;
};

static bool is_another_block(const struct entry *entry, void *context)
{
    struct block_search *search = context;
    if (entry->type != BLOCK || search->left--)
        return true;
    search->found = *entry;
    return false;
}

bool archive_block(size_t number, const char **start, size_t *length)
{
    struct block_search search = {.left = number};
    if (each_entry(is_another_block, &search))
        return false;
    *start = search.found.data;
    *length = search.found.length;
    return true;
}

/* ---- paths ---- */

static size_t folder_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? (size_t)(slash - name) : 0;
}

/* By folder, then by name in it. */
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
