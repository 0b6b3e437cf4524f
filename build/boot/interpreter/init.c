/* Starts the interpreter cold, isolated from the machine it runs on, and calls entry.runtime.app.main. */
#include "interpreter/init.h"

#include "interpreter/archive.h"
#include "shared/report.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>

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

void interpreter_start(int argc, char **argv, const unsigned long *hash_seed)
{
    PyImport_FrozenModules = archive_modules();
    if (!PyImport_FrozenModules)
        cannot_start(errno == ENOMEM ? "not enough memory to start" : "the file is damaged: its archive has no end");
    initialize(argc, argv, hash_seed);
    PyObject *bundle = PyImport_ImportModule("entry.frozen.importer");
    PyObject *installed = bundle ? PyObject_CallMethod(bundle, "install", NULL) : NULL;
    if (!installed) {
        PyErr_Print();
        cannot_start("the modules of the file cannot be imported");
    }
    Py_DECREF(bundle);
    Py_DECREF(installed);
}

int interpreter_run_cold(int argc, char **argv)
{
    interpreter_start(argc, argv, NULL);
    PyObject *module = PyImport_ImportModule("entry.runtime.app");
    PyObject *arguments = module ? list_of(argc, argv) : NULL;
    PyObject *status = arguments ? PyObject_CallMethod(module, "main", "O", arguments) : NULL;
    if (!status) {
        PyErr_Print();
        if (report_state() != REPORT_NOTHING)
            return EXIT_FAILURE;
        cannot_start("the modules that every run needs cannot be imported (the log says why)");
    }
    return (int)PyLong_AsLong(status);
}
