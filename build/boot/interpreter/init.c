/* Starts the interpreter cold, isolated from the machine it runs on, and calls entry.runtime.app.main. */
#include "interpreter/init.h"

#include "interpreter/archive.h"
#include "interpreter/arenas.h"
#include "shared/report.h"
#include "snapshot/boot_mode.h"
#include "supervisor/own_path.h"
#include "vfs/files.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>

/* Prints by Python's own hook: one that a handler's module has installed is for the module's errors. */
void interpreter_print_error(void)
{
    PyObject *kind, *value, *trace;
    PyErr_Fetch(&kind, &value, &trace);
    PySys_SetObject("excepthook", PySys_GetObject("__excepthook__"));
    PyErr_Restore(kind, value, trace);
    PyErr_Print();
}

static void require(PyStatus status)
{
    if (PyStatus_Exception(status))
        cannot_start(status.err_msg ? status.err_msg : "the interpreter could not start");
}

/* Isolates the interpreter: no variable, no path and no file of the machine has any influence. */
static void initialize(int argc, char **argv, const unsigned long *hash_seed, bool as_python)
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
    config.parse_argv = as_python;
    if (as_python)
        config.isolated = config.safe_path = 0; /* unless the arguments say so: a script finds what lies beside it */
    config.use_frozen_modules = 1;
    config.install_signal_handlers = 1; /* a closed pipe is an exception in Python, not the end of the process */
    if (hash_seed) {
        config.use_hash_seed = 1;
        config.hash_seed = *hash_seed;
    }
    const char *executable = boot == BOOT_CAPTURE ? "/fn" : own_path(); /* restore.c sets that of a warm boot */
    wchar_t **paths[] = {&config.prefix, &config.base_prefix, &config.exec_prefix, &config.base_exec_prefix};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        require(PyConfig_SetString(&config, paths[i], L"" FILES_ROOT));
    require(PyConfig_SetString(&config, &config.home, L"" FILES_ROOT)); /* else a pyvenv.cfg in the working directory is read */
    require(PyConfig_SetString(&config, &config.program_name, L"fn"));
    require(PyConfig_SetBytesString(&config, &config.executable, executable));
    require(PyConfig_SetBytesString(&config, &config.base_executable, executable));
    require(PyConfig_SetString(&config, &config.stdlib_dir, L"" FILES_ROOT));
    require(PyConfig_SetString(&config, &config.platlibdir, L"lib"));
    require(PyConfig_SetBytesArgv(&config, argc, argv));
    require(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
}

static void start(int argc, char **argv, const unsigned long *hash_seed, bool as_python)
{
    PyImport_FrozenModules = archive_modules();
    if (!PyImport_FrozenModules)
        cannot_start(errno == ENOMEM ? "not enough memory to start" : "the file is damaged: its archive has no end");
    initialize(argc, argv, hash_seed, as_python);
    PyObject *importer = PyImport_ImportModule("entry.frozen.importer");
    PyObject *installed = importer ? PyObject_CallMethod(importer, "install", NULL) : NULL;
    if (!installed) {
        interpreter_print_error();
        cannot_start("the modules of the file cannot be imported");
    }
    Py_DECREF(importer);
    Py_DECREF(installed);
}

void interpreter_start(int argc, char **argv, const unsigned long *hash_seed)
{
    start(argc, argv, hash_seed, false);
}

/* Ends as CPython does; nobody waits for an outcome. */
int interpreter_run_as_python(int argc, char **argv)
{
    start(argc, argv, NULL, true);
    return Py_RunMain();
}

/* Imports without collecting garbage in between: what every run imports stays. */
static PyObject *import_uncollected(const char *name)
{
    PyGC_Disable();
    PyObject *module = PyImport_ImportModule(name);
    PyGC_Enable();
    return module;
}

int interpreter_run_cold(int argc, char **argv)
{
    arenas_install();
    interpreter_start(argc, argv, NULL);
    PyObject *module = import_uncollected("entry.runtime.app");
    PyObject *status = module ? PyObject_CallMethod(module, "main", NULL) : NULL;
    if (!status) {
        interpreter_print_error();
        if (report_state(report) != REPORT_NOTHING)
            return EXIT_FAILURE;
        cannot_start("the modules that every run needs cannot be imported (the log says why)");
    }
    return (int)PyLong_AsLong(status);
}
