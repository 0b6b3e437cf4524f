/* Writes the snapshot of an interpreter that has imported everything. Build time only.
 * Refuses what would be lost or shared by all runs: threads, open files, child processes. */
#include "snapshot/capture/capture.h"

#include "interpreter/refusal.h"
#include "shared/nameless_file.h"
#include "shared/processor.h"
#include "snapshot/boot_mode.h"
#include "snapshot/format.h"
#include "snapshot/heap/heap.h"
#include "snapshot/libc_state.h"
#include "snapshot/sparse.h"
#include "snapshot/threads/tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Waits for a second at most, or longer for one that would go on if it could: one that has been joined may still be on its
 * way out. Allocates nothing, however often it looks. */
static int threads_left(void)
{
    struct stat task = {.st_nlink = 0};
    for (int looks = 0, all = 0; looks < 1000 && all < 30000; looks += !tasks_others_work(), all++) {
        if (syscall(SYS_newfstatat, AT_FDCWD, "/proc/self/task", &task, 0) != 0)
            refuse("/proc/self/task cannot be read: %s", strerror(errno));
        if (task.st_nlink == 3) /* . and .. and this one */
            break;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return (int)task.st_nlink - 2;
}

static void check_threads(void)
{
    int threads = threads_left();
    if (threads != 1)
        refuse("the imports left %d thread%s running", threads - 1, threads == 2 ? "" : "s");
}

static void write_image(int fd, const void *memory, size_t length)
{
    if (!write_whole(fd, memory, length))
        refuse("the snapshot cannot be written: %s", strerror(errno));
}

static void write_number(uint32_t number, void *fd)
{
    write_image(*(int *)fd, &number, sizeof number);
}

/* Blocks that were freed in a profiling run, and are not now, would be missing from the snapshot. */
static void check_nothing_is_missing(int fd)
{
    if (!heap_transient_count())
        return;
    heap_each_transient(write_number, &fd);
    exit(CAPTURE_MISPLACED);
}

/* Form of the file that build/snapshot/heap/embed.py reads: the heap from SNAPSHOT_BASE on, in whole pages, then `.snap`. */
void capture(const char *path)
{
    check_threads();
    refuse_what_is_open(0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        refuse("%s: %s", path, strerror(errno));
    check_nothing_is_missing(fd);
    memcpy(SNAPSHOT->magic, SNAPSHOT_MAGIC, sizeof SNAPSHOT->magic);
    memcpy(SNAPSHOT->build_id, snapshot_build_id(), BUILD_ID_LENGTH);
    SNAPSHOT->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
    processor_features(SNAPSHOT->cpu);
    if (!libc_state_record_actions())
        refuse("the imports handle more than %d signals", ACTIONS_MAX);
    size_t length = (SNAPSHOT_HEAD + heap_used() + SNAPSHOT->page_size - 1) / SNAPSHOT->page_size * SNAPSHOT->page_size;
    sparse_lift(SNAPSHOT_BASE + length);
    write_image(fd, SNAPSHOT_BASE, length);
    write_image(fd, __snap_start, (size_t)(__snap_end - __snap_start));
    _exit(EXIT_SUCCESS);
}
