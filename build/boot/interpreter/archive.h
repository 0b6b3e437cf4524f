#ifndef FN_ARCHIVE_H
#define FN_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern struct archive {
    const char *start, *end;
} fn_archive; /* made by build/link/static.py */
struct _frozen;
struct _frozen *archive_modules(void); /* NULL: errno says why */
/* Calls `visit` for each module whose code is packed, until it returns false. */
bool archive_each_packed(bool (*visit)(const char *name, bool is_package, void *context), void *context);
bool archive_packed(const char *name, uint32_t *offset, uint32_t *length); /* where its code lies in the stream */
bool archive_block(size_t number, const char **start, size_t *length); /* of the stream; false: there are no more */
bool archive_data(const char *name, const char **start, size_t *length);
/* Calls `visit` with the path of each data file, and of each package, which is a folder, until it returns false. */
bool archive_each_path(bool (*visit)(const char *path, bool is_folder, void *context), void *context);

#endif
