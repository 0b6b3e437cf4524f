/* What the file carries, by paths below /fn-bundle/, as if it were installed there: any code of the process that opens, looks at
 * or lists such a path gets it. Other paths go on to the kernel. Nothing can be written there.
 *
 * The functions marked ANSWER stand before libc's own for Python, its extension modules and their libraries.
 *
 *   files.c     finds what lies at a path, and opens it
 *   opening.c   libc's functions that open a file by its path
 *   looking.c   libc's functions that look at one: status, access, real path
 *   folders.c   libc's functions that list a folder
 *   changes.c   libc's functions that would change something, or ask for attributes
 *   children.c  libc's functions that start a program
 *   devices.c   /dev/urandom and /dev/null, where they are missing
 *   zones.c     /usr/share/zoneinfo, where it is missing
 *   users.c     the own user, whom /etc/passwd may not know
 *   nobody.c    no users, and files that are nobody's, while a snapshot is captured
 *   aside.c     where imports write then
 */
#pragma once

#include "portable/bundled.h"
#include "shared/answer.h"

#define FILES_ROOT "/fn-bundle" /* where no file of a machine lies; entry/frozen/__init__.py names it, too */

struct file {
    bool is_folder;
    const char *bytes;
    uint64_t length;
    const struct path *row; /* of the archive's table */
};

/* ---- files.c ---- */
bool files_is_below(const char *path); /* the root, or below it */
/* The path without ".", ".." and empty names, relative to the root; false when it leads out of it or is another one. */
bool files_normalize(const char *path, char name[PATH_MAX]);
/* Whether the file carries something at that path, and what. */
bool files_find(const char *path, struct file *file);
uint64_t files_number(const struct path *row); /* as of an inode */
bool files_is_program(const struct file *file);
/* A descriptor of its own with the content; -1: errno says why not. */
int files_open(const struct file *file);
/* The same of a new, empty file without a name. */
int files_new(void);
/* Writes the content; -1: errno says why not. */
int files_write(const struct file *file, int fd);

int files_fail(int problem); /* -1, with this errno */

/* ---- aside.c ---- */
struct place {
    int folder; /* a descriptor of it, or AT_FDCWD */
    const char *path;
};
void aside_begin(const char *name); /* of a folder in the one in which the build has started this process */
bool aside_is_open(void);
void aside_end(void);
/* Where a path is that is not bundled: where it says, but for what imports write while a snapshot is captured. */
struct place aside(int folder, const char *path);
bool is_aside(const char *path);

/* ---- zones.c ---- */
#define FILES_ZONES "tzdata/zoneinfo" /* what the file has in place of the machine's database of time zones */
/* What follows the machine's path of it; NULL: it is another path, or the machine has one. */
const char *zones_below(const char *path);

/* ---- nobody.c ---- */
/* The result of libc's stat and its kin; while a snapshot is captured the status says nothing of device, owner and time. */
struct stat;
int files_without_numbers(int result, struct stat *status);

/* ---- devices.c ---- */
/* What stands for a device that is missing, and errno is as before; -1: it is another path, or there is no room for it. */
int devices_open(const char *path, int before);
