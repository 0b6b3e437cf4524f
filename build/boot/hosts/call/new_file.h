#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct new_file {
    int fd;
    char path[PATH_MAX], temporary[PATH_MAX + 16];
};
/* `wait` is called again and again while nobody reads a pipe, until it returns false. */
bool new_file_open(struct new_file *file, const char *path, bool (*wait)(void)); /* false: errno says why */
int open_for_writing(const char *path, int flags, bool (*wait)(void));
bool new_file_is_special(const struct new_file *file); /* it was there before, and is no ordinary file */
bool new_file_publish(struct new_file *file);
void new_file_drop(struct new_file *file);
/* All of it in one go; false: errno says why not, and there is nothing of it. */
bool new_file_write(const char *path, const char *bytes, size_t length, bool (*wait)(void));
int named_descriptor(const char *path); /* of the open file that is /dev/stdout, /dev/fd/3 or the like; -1: another path */
