/* Writes the image of an interpreter that has imported everything. Build time only.
 * Refuses what would be lost or shared by all runs: threads, open files, child processes. */
#include "snapshot/capture/capture.h"

#include "shared/processor.h"
#include "snapshot/boot_mode.h"
#include "snapshot/capture/heap.h"
#include "snapshot/format.h"
#include "snapshot/libc_state.h"
#include "snapshot/sparse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static int entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;
    if (!folder)
        refuse("%s cannot be read: %s", path, strerror(errno));
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

static void check_nothing_is_left(void)
{
    int threads = entries("/proc/self/task"), files = entries("/proc/self/fd") - 1; /* one is the folder itself */
    if (threads != 1)
        refuse("the imports left %d threads running", threads - 1);
    if (files > 3)
        refuse("the imports left %d files or sockets open", files - 3);
    if (files < 3)
        refuse("the imports closed a standard stream");
    if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
        refuse("the imports left a child process running");
}

static void write_all(int fd, const void *memory, size_t length)
{
    for (const char *next = memory; length;) {
        ssize_t written = write(fd, next, length);
        if (written < 0)
            refuse("the image cannot be written: %s", strerror(errno));
        next += written;
        length -= (size_t)written;
    }
}

static void write_number(uint32_t number, void *fd)
{
    write_all(*(int *)fd, &number, sizeof number);
}

/* Pieces that were freed in the rehearsal, and are not now, would be missing from the image. */
static void check_nothing_is_missing(int fd)
{
    if (!heap_passing())
        return;
    heap_each_passing(write_number, &fd);
    exit(TAKE_MISPLACED);
}

/* Form of the file that build/snapshot/embed.py reads: the heap from IMAGE_BASE on, in whole pages, then `.snap`. */
void take(const char *path)
{
    check_nothing_is_left();
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        refuse("%s: %s", path, strerror(errno));
    check_nothing_is_missing(fd);
    memcpy(IMAGE->magic, IMAGE_MAGIC, sizeof IMAGE->magic);
    memcpy(IMAGE->build_id, image_build_id(), BUILD_ID_LENGTH);
    IMAGE->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
    processor_features(IMAGE->cpu);
    if (!replay_record_actions())
        refuse("the imports handle more than %d signals", ACTIONS_MAX);
    size_t length = (heap_used() + IMAGE->page_size - 1) / IMAGE->page_size * IMAGE->page_size;
    sparse_lift(IMAGE_BASE + length);
    write_all(fd, IMAGE_BASE, length);
    write_all(fd, __snap_start, (size_t)(__snap_end - __snap_start));
    _exit(EXIT_SUCCESS);
}
