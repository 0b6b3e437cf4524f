/* The static link: the interpreter is part of the file and starts in this process, warm from the snapshot or cold, or cold
 * to take the snapshot. portable/launcher/launch.c is the other link. */
#include "interpreter/drawn.h"
#include "interpreter/init.h"
#include "interpreter/kept_times.h"
#include "interpreter/prepare.h"
#include "portable/bundled.h"
#include "shared/launch.h"
#include "shared/report.h"
#include "snapshot/boot_mode.h"
#include "snapshot/capture/allocator.h"
#include "snapshot/capture/capture.h"
#include "snapshot/capture/trace.h"
#include "snapshot/cpython.h"
#include "snapshot/format.h"
#include "snapshot/heap/heap.h"
#include "snapshot/heap/pagemap.h"
#include "snapshot/heap/profile.h"
#include "snapshot/pristine.h"
#include "snapshot/restore.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of the bundled objects there is but one, to see whether a folder can hold programs. */
static const char page[4096];
static const struct object probe = {.path = "", .soname = "", .bytes = page, .length = sizeof page};
struct bundled fn_bundled = {.objects = &probe, .object_count = 1, .folder = ""};

/* Python's streams are flushed by entry; what C code has buffered is flushed here. Finalising the interpreter would only
 * cost time: the process is about to end. */
void interpreter_run(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (boot != BOOT_WARM)
        prepare_cold(argc, argv);
    int status = boot == BOOT_WARM ? restore_and_run(argc, argv) : interpreter_run_cold(argc, argv);
    fflush(NULL);
    _exit(status);
}

bool interpreter_can_be_template(void)
{
    return boot == BOOT_WARM;
}

void interpreter_run_as_template(int argc, char **argv)
{
    interpreter_run(argc, argv);
}

void interpreter_populate(void)
{
    written_pages_populate(SNAPSHOT->written, BY_FUNCTIONS);
}

void interpreter_main(int argc, char **argv)
{
    prepare_cold(argc, argv);
    int status = interpreter_run_as_python(argc, argv);
    fflush(NULL);
    _exit(status);
}

PyObject *profile_enter(void)
{
    restore_attach();
    return SNAPSHOT->resume;
}

void profile_pages(uint64_t *pages, size_t most)
{
    size_t count = pagemap_list_written(__snap_start, __snap_end, pages, most);
    pagemap_list_written(SNAPSHOT_BASE, heap_start() + heap_used(), pages + count, most - count);
}

static bool is_trace(const char *argument)
{
    return !strncmp(argument, "trace", strlen("trace"));
}

/* Arguments from build/snapshot/heap/capture.py: where the snapshot goes, the hash seed, the placements, and what to do:
 * capture, trace or what to profile. */
void interpreter_capture(int argc, char **argv)
{
    unsigned long hash_seed = strtoul(argv[2], NULL, 10);
    static PyObjectArenaAllocator arenas = {NULL, snapshot_arena_allocate, snapshot_arena_free};
    PyMemAllocatorEx blocks, raw;
    construct(argc, argv);
    PyObject_SetArenaAllocator(&arenas);
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &raw);
    prepare_interpreter(hash_seed);
    if (is_trace(argv[4]))
        trace_calls(true);
    SNAPSHOT->resume = prepare_imports();
    if (is_trace(argv[4]))
        trace_calls(false);
    PyThreadState *thread = PyThreadState_Get();
    PyGC_Collect();
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &blocks);
    PyObject_Malloc(1); /* an arena at the end of the snapshot, still all zeros: runs begin to fill it */
    SNAPSHOT->thread_state = thread;
    prepare_clear_frames();
    cpython_renew_lock(thread);
    PyEval_SaveThread();
    cpython_disown_thread(thread);
    drawn_clear(heap_start(), heap_used());
    times_clear(heap_start(), heap_used());
    boot = BOOT_WARM; /* from here on all memory comes from libc, as in the runs to come */
    if (profile_asked(argv[4]))
        profile(open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), profile_asked(argv[4]));
    if (trace_has_addresses())
        trace_report();
    capture(argv[1]);
}
