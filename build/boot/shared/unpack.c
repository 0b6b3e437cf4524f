/* Where files go that are loaded or executed: in memory, or where the sandbox does not allow that, in a folder that
 * this makes in FN_TMP_DIR, TMPDIR or the exchange and notes in the report. supervisor/scratch_dir.c removes it.
 * Allocates nothing: it may run between vfork and exec. */
#include "shared/unpack.h"

#include "portable/bundled.h"
#include "shared/report.h"
#include "shared/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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
    char folder[sizeof report->scratch_dir];
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
    memcpy(report->scratch_dir, folder, sizeof folder); /* first of all: the process may be killed at any moment */
    fd = unpack_into(folder, object, path, &reason);
    if (fd >= 0)
        return fd;
    rmdir(folder);
    report->scratch_dir[0] = 0;
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

const char *unpack_shared(char reasons[REASONS_MAX])
{
    uint32_t *state = &report->program_folder, none = FOLDER_NONE;
    if (__atomic_compare_exchange_n(state, &none, FOLDER_BEING_MADE, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        char path[PLACE_MAX];
        const char *exchange = settings_own()->data_dir;
        int fd = unpack_open(&BUNDLED->objects[OBJECT_LOADER], exchange, path, reasons);
        if (fd >= 0)
            place_drop(fd, report->scratch_dir, path);
        __atomic_store_n(state, fd >= 0 ? FOLDER_MADE : FOLDER_IMPOSSIBLE, __ATOMIC_RELEASE);
        syscall(SYS_futex, state, FUTEX_WAKE, INT_MAX);
    }
    const struct timespec patience = {.tv_sec = 10}; /* another process of the function makes it, unless it is killed */
    while (__atomic_load_n(state, __ATOMIC_ACQUIRE) == FOLDER_BEING_MADE)
        if (syscall(SYS_futex, state, FUTEX_WAIT, FOLDER_BEING_MADE, &patience) != 0 && errno != EAGAIN && errno != EINTR)
            break;
    uint32_t made = __atomic_load_n(state, __ATOMIC_ACQUIRE);
    return made == FOLDER_MADE || made == FOLDER_TOLD ? report->scratch_dir : NULL;
}

/* Where nothing is possible the loader's files stay in memory, and what wants to load one gets the kernel's answer. */
const char *unpack_choose(void)
{
    static char reasons[REASONS_MAX];
    char path[PLACE_MAX];
    const char *reason, *folder = NULL;
    int fd = unpack_into("", &BUNDLED->objects[OBJECT_LOADER], path, &reason);
    if (fd >= 0) {
        place_drop(fd, "", path);
        return BUNDLED->folder = "";
    }
    snprintf(reasons, sizeof reasons, "files in memory: %s", reason);
    if (BUNDLED->supervised)
        folder = unpack_shared(reasons);
    if (folder)
        report->program_folder = FOLDER_TOLD;
    if (folder)
        fprintf(stderr, "fn: unpacking libraries into %s (files in memory: %s)\n", folder, reason);
    else
        fprintf(stderr, "fn: libraries of the file cannot be loaded: %s; %s\n", reasons, UNPACK_ADVICE);
    return BUNDLED->folder = folder ? folder : "";
}
