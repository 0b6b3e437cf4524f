/* Files that are made of bytes in memory, or of objects (portable/bundled.h). Written without libc, so that the auditor can
 * use it; errors are negative numbers as the kernel gives them. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object;
enum { PLACE_MAX = PATH_MAX + 64 };
#ifndef MFD_EXEC /* Linux 6.3; mapping is not restricted */
#define MFD_EXEC 0x10U       /* it may be executed as a program */
#define MFD_NOEXEC_SEAL 0x8U /* it never is */
#endif
/* A new file in memory (memfd_create), or why not; an older kernel takes those flags that it knows. */
int place_in_memory(unsigned how);
/* A new file in `folder`, or in memory if that is empty; its path, at least as long as `least`. The descriptor. */
int place_make(const char *folder, size_t least, char path[PLACE_MAX]);
/* Writes a part of some bytes to the same place in the file. 0, or why not. */
int place_write(int fd, const char *bytes, uint64_t offset, uint64_t length);
/* Writes an object, or only its skeleton. 0, or why not. */
int place_fill(int fd, const struct object *object, bool whole);
/* Closes the file; one in a folder is removed, what is mapped of it stays. */
void place_drop(int fd, const char *folder, const char *path);
/* The file that is running, or why not. */
int place_open_self(void);
/* The memory at `address` becomes what the file has there. 0, or why not. */
int place_map(int fd, char *address, uint64_t length, uint64_t protection, uint64_t offset);
void place_close(int fd);
/* Has the loader know an object by another number than that of its file, which others may get when it is gone. */
struct link_map;
void place_renumber(struct link_map *map, uint64_t device, uint64_t number, uint64_t instead);
