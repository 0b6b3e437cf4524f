/* The static link: the interpreter is part of the file and starts in this process, warm from the image or cold, or cold
 * to take the image. portable/launch.c is the other link. */
#include "image.h"

#define Py_BUILD_CORE 1
#include <Python.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A start writes nearly all of its data and of its first arena: at once is half the price of a fault for each page. An
 * older kernel refuses. */
static void prepare_cold(void)
{
    static int filled_at_once = 1;
    static PyObjectArenaAllocator arenas = {&filled_at_once, image_arena_allocate, image_arena_free};
    PyObject_SetArenaAllocator(&arenas);
    madvise(__snap_start, (size_t)(__snap_end - __snap_start), MADV_POPULATE_WRITE);
}

/* Python's streams are flushed by entry; what C code has buffered is flushed here. Finalising the interpreter would only
 * cost time: the process is about to end. */
void interpreter_run(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (boot != BOOT_WARM)
        prepare_cold();
    int status = boot == BOOT_WARM ? restore_and_run(argc, argv) : interpreter_run_cold(argc, argv);
    fflush(NULL);
    _exit(status);
}

/* libc asks the kernel where the file lies, to find libraries beside it: there are none. -1: not known. */
const char *__wrap__dl_get_origin(void);
const char *__wrap__dl_get_origin(void)
{
    return (const char *)-1;
}

static void stay(void)
{
}

static void clear_environment(void)
{
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *variables = posix ? PyObject_GetAttrString(posix, "environ") : NULL;
    if (!variables)
        abort();
    PyDict_Clear(variables);
    clearenv();
    Py_DECREF(variables);
    Py_DECREF(posix);
}

/* Bytes: 256 and 128 KiB of the map of arenas, and their table. Memory that is aligned more than malloc's is not subject
 * to the plan. */
enum { ARENA_BOOKS = 386 * 1024, ALIGNED = 32 };

void interpreter_take(const char *path, unsigned long hash_seed, bool rehearsal)
{
    static PyObjectArenaAllocator arenas = {NULL, image_arena_allocate, image_arena_free};
    PyMemAllocatorEx blocks, raw;
    clearenv(); /* nothing of the build's environment may be in the file, nor of its machine's time zone */
    setenv("TZ", "UTC0", 1);
    for (int number = 1; number < NSIG; number++) /* a shell ignores some for what it starts in the background */
        signal(number, SIG_DFL);
    PyObject_SetArenaAllocator(&arenas);
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &raw);
    char *argv[] = {"fn", NULL};
    leave_instead = stay; /* the warm-up */
    interpreter_start(1, argv, &hash_seed);
    clear_environment();
    PyObject *module = PyImport_ImportModule("entry.snapshot");
    IMAGE->resume = module ? PyObject_CallMethod(module, "prepare", NULL) : NULL;
    if (!IMAGE->resume) {
        PyErr_Print();
        exit(EXIT_FAILURE);
    }
    PyThreadState *thread = PyThreadState_Get();
    Py_CLEAR(thread->interp->audit_hooks); /* those of entry/watch.py: they would slow every run down */
    PyGC_Collect();
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &blocks);
    /* an arena at the end of the image, still all zeros: the runs begin to fill it; what it needs besides goes before it */
    void *volatile room = aligned_alloc(ALIGNED, ARENA_BOOKS);
    free(room);
    PyObject_Malloc(1);
    IMAGE->thread_state = thread;
    /* dead frames of the interpreter, and this process's own numbers */
    memset(thread->datastack_top, 0, (size_t)((char *)thread->datastack_limit - (char *)thread->datastack_top));
    PyEval_SaveThread();
    thread->thread_id = thread->native_thread_id = 0;
    _PyRuntime.main_thread = 0;
    boot = BOOT_WARM; /* from here on all memory comes from libc, as in the runs to come */
    if (rehearsal)
        rehearse(path);
    take(path);
}
