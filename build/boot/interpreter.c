/* Starts the interpreter, isolated from the machine it runs on: warm from the image, cold from the archive, or cold to
 * take the image. Then entry/ takes over. */
#include "image.h"

#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE 1
#include <Python.h>
#include <errno.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void cannot_start(const char *reason)
{
    struct verdict verdict = verdict_error("fn.boot", reason);
    fprintf(stderr, "fn: %s\n", reason);
    if (report)
        report_error(verdict.json, verdict.length, verdict.json, verdict.length);
    _exit(EXIT_FAILURE);
}

static void require(PyStatus status)
{
    if (PyStatus_Exception(status))
        cannot_start(status.err_msg ? status.err_msg : "the interpreter could not start");
}

/* No environment variable, no path and no file of the machine has any influence. */
static void initialize(int argc, char **argv, const unsigned long *hash_seed)
{
    PyPreConfig preconfig;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    preconfig.configure_locale = 0;
    require(Py_PreInitialize(&preconfig));

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.pathconfig_warnings = 0;
    config.module_search_paths_set = 1; /* to nothing: all modules are in the archive */
    config.parse_argv = 0;
    config.use_frozen_modules = 1;
    config.install_signal_handlers = 1; /* a closed pipe is an exception in Python, not the end of the process */
    if (hash_seed) {
        config.use_hash_seed = 1;
        config.hash_seed = *hash_seed;
    }
    wchar_t **paths[] = {&config.prefix, &config.base_prefix, &config.exec_prefix, &config.base_exec_prefix};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        require(PyConfig_SetString(&config, paths[i], L"/fn"));
    require(PyConfig_SetString(&config, &config.home, L"/fn")); /* else a pyvenv.cfg in the working directory is read */
    require(PyConfig_SetString(&config, &config.program_name, L"fn"));
    require(PyConfig_SetString(&config, &config.executable, L"/fn"));
    require(PyConfig_SetString(&config, &config.base_executable, L"/fn"));
    require(PyConfig_SetString(&config, &config.stdlib_dir, L"/fn"));
    require(PyConfig_SetString(&config, &config.platlibdir, L"lib"));
    require(PyConfig_SetBytesArgv(&config, argc, argv));
    require(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
}

static PyObject *list_of(int argc, char **argv)
{
    PyObject *list = PyList_New(0);
    for (int i = 1; list && i < argc; i++) {
        PyObject *text = PyUnicode_DecodeFSDefault(argv[i]);
        if (!text || PyList_Append(list, text) < 0)
            Py_CLEAR(list);
        Py_XDECREF(text);
    }
    return list;
}

/* The archive's modules become importable. */
static void start(int argc, char **argv, const unsigned long *hash_seed)
{
    PyImport_FrozenModules = archive_modules();
    if (!PyImport_FrozenModules)
        cannot_start(errno == ENOMEM ? "not enough memory to start" : "the file is damaged: its archive has no end");
    initialize(argc, argv, hash_seed);
    PyObject *bundle = PyImport_ImportModule("entry.bundle");
    PyObject *installed = bundle ? PyObject_CallMethod(bundle, "install", NULL) : NULL;
    if (!installed) {
        PyErr_Print();
        cannot_start("the modules of the file cannot be imported");
    }
    Py_DECREF(bundle);
    Py_DECREF(installed);
}

static int run_cold(int argc, char **argv)
{
    static int filled_at_once = 1;
    static PyObjectArenaAllocator arenas = {&filled_at_once, image_arena_allocate, image_arena_free};
    PyObject_SetArenaAllocator(&arenas);
    /* A start writes nearly all of these: at once is half the price of a fault for each page. An older kernel refuses. */
    madvise(__snap_start, (size_t)(__snap_end - __snap_start), MADV_POPULATE_WRITE);
    start(argc, argv, NULL);
    PyObject *module = PyImport_ImportModule("entry.__main__");
    PyObject *arguments = module ? list_of(argc, argv) : NULL;
    PyObject *status = arguments ? PyObject_CallMethod(module, "main", "O", arguments) : NULL;
    if (!status) {
        PyErr_Print();
        return EXIT_FAILURE;
    }
    return (int)PyLong_AsLong(status);
}

/* Python's streams are flushed by entry; what C code has buffered is flushed here. Finalising the interpreter would only
 * cost time: the process is about to end. */
void interpreter_run(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    int status = boot == BOOT_WARM ? restore_and_run(argc, argv) : run_cold(argc, argv);
    fflush(NULL);
    _exit(status);
}

enum { ARENA_BOOKS = 512 * 1024 }; /* bytes; two nodes of the map of arenas, 128 KiB each, and the table of arenas */

void interpreter_take(const char *path, unsigned long hash_seed, bool rehearsal)
{
    static PyObjectArenaAllocator arenas = {NULL, image_arena_allocate, image_arena_free};
    PyMemAllocatorEx blocks, raw;
    clearenv(); /* nothing of the build's environment may be in the file */
    PyObject_SetArenaAllocator(&arenas);
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &blocks);
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &raw);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &raw);
    char *argv[] = {"fn", NULL};
    start(1, argv, &hash_seed);
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
    void *volatile room = malloc(ARENA_BOOKS);
    free(room);
    PyObject_Malloc(1);
    IMAGE->thread_state = thread;
    /* dead frames of the interpreter, and this process's own numbers */
    memset(thread->datastack_top, 0, (size_t)((char *)thread->datastack_limit - (char *)thread->datastack_top));
    PyEval_SaveThread();
    thread->thread_id = thread->native_thread_id = 0;
    _PyRuntime.main_thread = 0;
    if (rehearsal)
        rehearse(path);
    take(path);
}
