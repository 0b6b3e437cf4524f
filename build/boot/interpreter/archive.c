/* The archive that PyInstaller packed: Python modules and data files, linked into the file and mapped by the kernel.
 * Format: PyInstaller's CArchive (documentation "Advanced topics"): entries, a table of contents, a cookie at the end.
 * Nothing is copied: the interpreter reads code straight from the mapping, but for modules that are packed
 * (static/compressed_modules.c). */
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
/* Types of our own, beside PyInstaller's (build/archive/compression.py). */
enum { PACKED_MODULE = 'p', PACKED_PACKAGE = 'P', BLOCK = 'k' };

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

static bool is_module(const struct entry *entry)
{
    return entry->type == 'm' || entry->type == 'M';
}

static bool is_packed(const struct entry *entry)
{
    return entry->type == PACKED_MODULE || entry->type == PACKED_PACKAGE;
}

static bool count_module(const struct entry *entry, void *count)
{
    *(size_t *)count += is_module(entry);
    return true;
}

static bool add_module(const struct entry *entry, void *next)
{
    if (is_module(entry)) {
        struct _frozen **module = next;
        (*module)->name = entry->name;
        (*module)->code = (const unsigned char *)entry->data;
        (*module)->size = (int)entry->length;
        (*module)->is_package = entry->type == 'M';
        (*module)++;
    }
    return true;
}

struct _frozen *archive_modules(void)
{
    size_t count = 0;
    if (!cookie()) {
        errno = ENOEXEC;
        return NULL;
    }
    each_entry(count_module, &count);
    struct _frozen *modules = calloc(count + 1, sizeof *modules), *next = modules;
    if (modules)
        each_entry(add_module, &next);
    return modules;
}

struct packed_listing {
    bool (*visit)(const char *name, bool is_package, void *context);
    void *context;
};

static bool pass_packed(const struct entry *entry, void *context)
{
    struct packed_listing *listing = context;
    return !is_packed(entry) || listing->visit(entry->name, entry->type == PACKED_PACKAGE, listing->context);
}

bool archive_each_packed(bool (*visit)(const char *name, bool is_package, void *context), void *context)
{
    struct packed_listing listing = {visit, context};
    return each_entry(pass_packed, &listing);
}

static bool is_data(const struct entry *entry)
{
    return entry->type == 'x' || entry->type == 'b';
}

struct search {
    const char *name;
    struct entry found;
};

static bool is_another_packed(const struct entry *entry, void *context)
{
    struct search *search = context;
    if (!is_packed(entry) || strcmp(entry->name, search->name))
        return true;
    search->found = *entry;
    return false;
}

bool archive_packed(const char *name, uint32_t *offset, uint32_t *length)
{
    struct search search = {.name = name};
    if (each_entry(is_another_packed, &search) || search.found.length != 2 * sizeof *offset)
        return false;
    memcpy(offset, search.found.data, sizeof *offset);
    memcpy(length, search.found.data + sizeof *offset, sizeof *length);
    return true;
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

static bool differs(const struct entry *entry, void *context)
{
    struct search *search = context;
    if (!is_data(entry) || strcmp(entry->name, search->name))
        return true;
    search->found = *entry;
    return false;
}

bool archive_data(const char *name, const char **start, size_t *length)
{
    struct search search = {.name = name};
    if (each_entry(differs, &search))
        return false;
    *start = search.found.data;
    *length = search.found.length;
    return true;
}

struct listing {
    bool (*visit)(const char *path, bool is_folder, void *context);
    void *context;
};

static bool pass_path(const struct entry *entry, void *context)
{
    struct listing *listing = context;
    if (is_data(entry))
        return listing->visit(entry->name, false, listing->context);
    if ((entry->type != 'M' && entry->type != PACKED_PACKAGE) || strlen(entry->name) >= PATH_MAX)
        return true;
    char path[PATH_MAX];
    strcpy(path, entry->name);
    for (char *c = path; *c; c++)
        if (*c == '.')
            *c = '/';
    return listing->visit(path, true, listing->context);
}

bool archive_each_path(bool (*visit)(const char *path, bool is_folder, void *context), void *context)
{
    struct listing listing = {visit, context};
    return each_entry(pass_path, &listing);
}
