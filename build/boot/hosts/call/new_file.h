#pragma once

#include <limits.h>
#include <stdbool.h>

struct new_file {
    int fd;
    char path[PATH_MAX], temporary[PATH_MAX + 16];
};
bool new_file_open(struct new_file *file, const char *path); /* false: errno says why */
bool new_file_is_special(const struct new_file *file); /* it was there before, and is no ordinary file */
bool new_file_publish(struct new_file *file);
void new_file_drop(struct new_file *file);
int named_descriptor(const char *path); /* of the open file that is /dev/stdout, /dev/fd/3 or the like; -1: another path */
