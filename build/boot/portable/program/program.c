/* The interpreter's main program in a portable file, started by the carried loader: takes up what the launcher left in
 * memory and starts Python as the static link does. The module `_carried` is what Python knows of the carried objects. */
#include "interpreter/archive.h"
#include "interpreter/init.h"
#include "portable/carried.h"
#include "portable/program/capture.h"
#include "shared/clock.h"
#include "shared/report.h"
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
    return CARRIED->executable;
}

static PyObject *carried_extension(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    (void)module;
    if (!text)
        return NULL;
    for (uint32_t i = 0; i < CARRIED->object_count; i++) {
        const struct object *object = &CARRIED->objects[i];
        if (object->module && !strcmp(object->module, text))
            return PyUnicode_FromString(object->path);
    }
    Py_RETURN_NONE;
}

static PyObject *carried_extensions(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    PyObject *names = PyList_New(0);
    for (uint32_t i = 0; names && i < CARRIED->object_count; i++) {
        PyObject *name = CARRIED->objects[i].module ? PyUnicode_FromString(CARRIED->objects[i].module) : NULL;
        if (CARRIED->objects[i].module && (!name || PyList_Append(names, name) < 0))
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyObject *carried_library(PyObject *module, PyObject *start)
{
    const char *text = PyUnicode_AsUTF8(start);
    (void)module;
    if (!text)
        return NULL;
    for (uint32_t i = 0; i < CARRIED->object_count; i++)
        if (!strncmp(CARRIED->objects[i].soname, text, strlen(text)))
            return PyUnicode_FromString(CARRIED->objects[i].soname);
    Py_RETURN_NONE;
}

static PyObject *carried_loading(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    return PyUnicode_FromString(report->loading);
}

static PyMethodDef carried_methods[] = {
    {"extension", carried_extension, METH_O, "The path of an extension module, or None."},
    {"extensions", carried_extensions, METH_NOARGS, "The names of all extension modules."},
    {"loading", carried_loading, METH_NOARGS, "The path of the library that could not be loaded last, or empty."},
    {"library", carried_library, METH_O, "The name of a library that begins so, or None."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef carried_module = {
    PyModuleDef_HEAD_INIT, "_carried", NULL, -1, carried_methods, NULL, NULL, NULL, NULL,
};

static PyObject *start_carried(void)
{
    return PyModule_Create(&carried_module);
}

PyObject *PyInit__fn(void);

int main(void)
{
    if (PyImport_AppendInittab("_fn", PyInit__fn) < 0 || PyImport_AppendInittab("_carried", start_carried) < 0)
        cannot_start("not enough memory to start");
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    fn_archive = CARRIED->archive;
    if (CARRIED->capturing)
        capture();
    boot_reason = CARRIED->boot_reason;
    boot_fell_back = CARRIED->fell_back;
    environ = CARRIED->environment;
    report = CARRIED->report;
    report->has_started = true;
    close(CARRIED->auditor); /* the loader has opened it */
    close(CARRIED->program);
    int status = CARRIED->is_interpreter ? interpreter_run_as_python(CARRIED->argc, CARRIED->argv)
                                         : interpreter_run_cold(CARRIED->argc, CARRIED->argv);
    fflush(NULL);
    _exit(status);
}
