/* The interpreter's main program in a portable file, started by the bundled loader: takes up what the launcher left in
 * memory and starts Python as the static link does. The module `_bundled` is what Python knows of the bundled objects. */
#include "interpreter/archive.h"
#include "interpreter/init.h"
#include "portable/bundled.h"
#include "portable/program/capture.h"
#include "shared/clock.h"
#include "shared/report.h"
#include "shared/settings.h"
#include "snapshot/boot_mode.h"
#include "supervisor/own_path.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum boot boot = BOOT_COLD;
const char *boot_reason;
bool boot_fell_back;
struct archive fn_archive;

const char *own_path(void)
{
    return BUNDLED->executable;
}

static PyObject *bundled_extension(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    (void)module;
    if (!text)
        return NULL;
    for (uint32_t i = 0; i < BUNDLED->object_count; i++) {
        const struct object *object = &BUNDLED->objects[i];
        if (object->module && !strcmp(object->module, text))
            return PyUnicode_FromString(object->path);
    }
    Py_RETURN_NONE;
}

static PyObject *bundled_extensions(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    PyObject *names = PyList_New(0);
    for (uint32_t i = 0; names && i < BUNDLED->object_count; i++) {
        PyObject *name = BUNDLED->objects[i].module ? PyUnicode_FromString(BUNDLED->objects[i].module) : NULL;
        if (BUNDLED->objects[i].module && (!name || PyList_Append(names, name) < 0))
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyObject *bundled_library(PyObject *module, PyObject *start)
{
    const char *text = PyUnicode_AsUTF8(start);
    (void)module;
    if (!text)
        return NULL;
    for (uint32_t i = 0; i < BUNDLED->object_count; i++)
        if (!strncmp(BUNDLED->objects[i].soname, text, strlen(text)))
            return PyUnicode_FromString(BUNDLED->objects[i].soname);
    Py_RETURN_NONE;
}

static PyObject *bundled_loading(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    return Py_BuildValue("ss", report->loading, report->loading_errno ? strerrordesc_np(report->loading_errno) : "");
}

static PyMethodDef bundled_methods[] = {
    {"extension", bundled_extension, METH_O, "The path of an extension module, or None."},
    {"extensions", bundled_extensions, METH_NOARGS, "The names of all extension modules."},
    {"loading", bundled_loading, METH_NOARGS, "The path of the library that could not be loaded last, or empty; what the machine refused it."},
    {"library", bundled_library, METH_O, "The name of a library that begins so, or None."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef bundled_module = {
    PyModuleDef_HEAD_INIT, "_bundled", NULL, -1, bundled_methods, NULL, NULL, NULL, NULL,
};

static PyObject *start_bundled(void)
{
    return PyModule_Create(&bundled_module);
}

PyObject *PyInit__fn(void);

int main(void)
{
    if (PyImport_AppendInittab("_fn", PyInit__fn) < 0 || PyImport_AppendInittab("_bundled", start_bundled) < 0)
        cannot_start("not enough memory to start");
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    fn_archive = BUNDLED->archive;
    if (BUNDLED->capturing) {
        boot = BOOT_CAPTURE;
        capture();
    }
    boot_reason = BUNDLED->boot_reason;
    boot_fell_back = BUNDLED->fell_back;
    environ = BUNDLED->environment;
    report = BUNDLED->report;
    settings_use(BUNDLED->settings);
    report->has_started = true;
    close(BUNDLED->auditor); /* the loader has opened it */
    close(BUNDLED->program);
    int status = BUNDLED->is_interpreter ? interpreter_run_as_python(BUNDLED->argc, BUNDLED->argv)
                                         : interpreter_run_cold(BUNDLED->argc, BUNDLED->argv);
    fflush(NULL);
    _exit(status);
}
