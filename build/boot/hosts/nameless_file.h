#ifndef FN_NAMELESS_FILE_H
#define FN_NAMELESS_FILE_H

#include <stdbool.h>
#include <stddef.h>

int nameless_file(void); /* or -1 */
bool write_whole(int fd, const char *bytes, size_t length);
bool read_into(int fd, int file); /* false at the end; errno is 0, or says why */

#endif
