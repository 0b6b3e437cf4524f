/* Starts the interpreter, isolated from the machine it runs on, and calls entry.__main__.main.
 * The module `_fn` is what Python knows of the boot program: the archive's data files and the report. */
#include "boot.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the module _fn ---- */

static PyObject *fn_data(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name), *start;
    size_t length;
    (void)module;
    if (!text)
        return NULL;
    if (!archive_data(text, &start, &length))
        Py_RETURN_NONE;
    return PyMemoryView_FromMemory((char *)start, (Py_ssize_t)length, PyBUF_READ);
}

static bool append_name(const char *name, void *list)
{
    PyObject *text = PyUnicode_FromString(name);
    bool appended = text && PyList_Append(list, text) == 0;
    Py_XDECREF(text);
    return appended;
}

static PyObject *fn_names(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    PyObject *names = PyList_New(0);
    if (names && !archive_each_name(append_name, names))
        Py_CLEAR(names);
    return names;
}

static PyObject *fn_started(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    return PyFloat_FromDouble(report ? report->started : monotonic_now());
}

static PyObject *fn_report_output(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    report_output();
    Py_RETURN_NONE;
}

static PyObject *fn_report_error(PyObject *module, PyObject *arguments)
{
    const char *json, *brief;
    Py_ssize_t length, brief_length;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y#y#", &json, &length, &brief, &brief_length))
        return NULL;
    if (!report_error(json, (size_t)length, brief, (size_t)brief_length))
        return PyErr_Format(PyExc_ValueError, "an error of %zd bytes is too long", length);
    Py_RETURN_NONE;
}

static PyObject *fn_may_hold_nonfinite(PyObject *module, PyObject *value)
{
    (void)module;
    return PyBool_FromLong(may_hold_nonfinite(value));
}

static PyMethodDef fn_methods[] = {
    {"data", fn_data, METH_O, "A view of a data file of the archive, or None."},
    {"names", fn_names, METH_NOARGS, "The names of the data files of the archive."},
    {"started", fn_started, METH_NOARGS, "When the function's time began, on the monotonic clock."},
    {"report_output", fn_report_output, METH_NOARGS, "The staged output is complete."},
    {"report_error", fn_report_error, METH_VARARGS, "A whole error.json, and a brief one."},
    {"may_hold_nonfinite", fn_may_hold_nonfinite, METH_O, "Whether a value may hold a NaN or an infinity."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef fn_module = {PyModuleDef_HEAD_INIT, "_fn", NULL, -1, fn_methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__fn(void)
{
    return PyModule_Create(&fn_module);
}

/* ---- start ---- */

__attribute__((noreturn)) static void cannot_start(const char *reason)
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
static void initialize(int argc, char **argv)
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

static int call_main(int argc, char **argv)
{
    PyObject *bundle = PyImport_ImportModule("entry.bundle");
    PyObject *installed = bundle ? PyObject_CallMethod(bundle, "install", NULL) : NULL;
    PyObject *module = installed ? PyImport_ImportModule("entry.__main__") : NULL;
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
    PyImport_FrozenModules = archive_modules();
    if (!PyImport_FrozenModules)
        cannot_start(errno == ENOMEM ? "not enough memory to start" : "the file is damaged: its archive has no end");
    initialize(argc, argv);
    int status = call_main(argc, argv);
    fflush(NULL);
    _exit(status);
}
