/* What the file carries, by paths below /fn/, as if it were installed there: any code of the process that opens, looks at
 * or lists such a path gets it. The program is the first place where the carried loader looks functions up, so those
 * marked ANSWERS stand before libc's own for Python, its extension modules and their libraries. Other paths go on to the
 * kernel. Nothing can be written there.
 *
 *   files.c     finds what lies at a path, and opens it
 *   paths.c     libc's functions that take the path of a file
 *   folders.c   libc's functions that list a folder
 *   changes.c   libc's functions that would change something, or ask for attributes
 *   children.c  libc's functions that start a program
 */
#ifndef FN_FILES_H
#define FN_FILES_H

#include "portable/carried.h"

#include <dlfcn.h>

#define FILES_ROOT "/fn"
#define ANSWERS __attribute__((visibility("default")))
#define NEXT(function) ((__typeof__(function) *)dlsym(RTLD_NEXT, #function)) /* libc's own */

struct file {
    bool is_folder;
    uint64_t number; /* as of an inode */
    const char *bytes;
    uint64_t length;
};

/* ---- files.c ---- */
bool files_is_below(const char *path); /* the root, or below it */
/* The path without ".", ".." and empty names, relative to the root; false when it leads out of it. */
bool files_normalize(const char *path, char name[PATH_MAX]);
/* Whether the file carries something at that path, and what. */
bool files_find(const char *path, struct file *file);
/* Calls `visit` with every carried path, relative to the root, until it returns false. */
bool files_each(bool (*visit)(const char *path, bool is_folder, void *context), void *context);
bool files_is_program(const struct file *file);
/* A descriptor of its own with the content; -1: errno says why not. */
int files_open(const struct file *file);
/* Writes the content; -1: errno says why not. */
int files_write(const struct file *file, int fd);

#endif
