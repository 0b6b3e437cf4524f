/* Where files go that are loaded or executed: in memory, or where the sandbox does not allow that, in a folder that
 * this makes in FN_TMP_DIR, TMPDIR or the exchange and notes in the report. supervisor/scratch_dir.c removes it.
 * Allocates nothing: it may run between vfork and exec. */
#include "portable/carried.h"
#include "shared/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void note(char reasons[REASONS_MAX], const char *place, const char *reason)
{
    size_t used = strlen(reasons);
    snprintf(reasons + used, REASONS_MAX - used, "%s%s: %s", used ? "; " : "", place, reason);
}

/* Whether it can be opened by its path, and its code be run: 0, or why not. */
static int try_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    void *memory = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    int problem = memory == MAP_FAILED ? errno : 0;
    if (!problem)
        munmap(memory, PAGE);
    close(fd);
    return problem;
}

int unpack_into(const char *folder, const struct object *object, char path[PLACE_MAX], const char **reason)
{
    int fd = place_make(folder, 0, path);
    int problem = fd < 0 ? -fd : -place_fill(fd, object, true);
    if (!problem)
        problem = try_file(path);
    if (problem && fd >= 0)
        place_drop(fd, folder, path);
    *reason = problem ? strerrordesc_np(problem) : NULL;
    return problem ? -1 : fd;
}

static int try_folder(const char *name, const char *parent, const struct object *object, char path[PLACE_MAX],
                      char reasons[REASONS_MAX])
{
    char folder[sizeof report->unpacked];
    const char *reason;
    int fd = -1;
    if (!parent || !*parent) {
        note(reasons, name, "not set");
        return -1;
    }
    if (parent[0] != '/' || strlen(parent) > PATH_MAX - 64) {
        note(reasons, name, "not an absolute path");
        return -1;
    }
    snprintf(folder, sizeof folder, "%s/.fn.XXXXXX", parent);
    if (!mkdtemp(folder)) {
        note(reasons, parent, strerrordesc_np(errno));
        return -1;
    }
    memcpy(report->unpacked, folder, sizeof folder); /* first of all: the process may be killed at any moment */
    fd = unpack_into(folder, object, path, &reason);
    if (fd >= 0)
        return fd;
    rmdir(folder);
    report->unpacked[0] = 0;
    note(reasons, parent, reason);
    return -1;
}

int unpack_open(const struct object *object, const char *exchange, char path[PLACE_MAX], char reasons[REASONS_MAX])
{
    int fd = try_folder("FN_TMP_DIR", getenv("FN_TMP_DIR"), object, path, reasons);
    if (fd < 0)
        fd = try_folder("TMPDIR", getenv("TMPDIR"), object, path, reasons);
    if (fd < 0)
        fd = try_folder("the exchange", exchange, object, path, reasons);
    return fd;
}
