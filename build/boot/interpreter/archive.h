#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct path {
    const char *name;  /* below the root, from no slash to no slash */
    const char *bytes; /* of a file */
    uint64_t length;   /* of that, or PATH_FOLDER */
    uint32_t first, count; /* rows of what lies in a folder */
};
#define PATH_FOLDER UINT64_MAX
enum { MODULE_PLAIN, MODULE_PLAIN_PACKAGE, MODULE_PACKED, MODULE_PACKED_PACKAGE };
struct module {
    const char *name, *code;
    uint32_t length, kind;
};
extern struct archive {
    const char *start, *end;
    const struct path *paths; /* the root, then the others by folder and name */
    uint64_t path_count;
    const struct module *modules; /* by name */
    uint64_t module_count;
    const char *stream; /* packed modules of the static link, in blocks; in the portable one each is packed by itself */
    uint64_t stream_length;
} fn_archive; /* made by build/archive/index.py */
struct _frozen;
struct _frozen *archive_modules(void); /* those that the interpreter starts with; NULL: errno says why */
const struct module *archive_module(const char *name); /* NULL: there is none */
bool archive_is_package(const struct module *module);
bool archive_is_packed(const struct module *module);
struct block {
    const char *start;
    uint32_t length, unpacked; /* bytes */
};
bool archive_block(uint32_t number, struct block *block); /* of the stream; false: there is none of that number */
const struct path *archive_path(const char *name); /* NULL: there is nothing */
bool archive_data(const char *name, const char **start, size_t *length);
