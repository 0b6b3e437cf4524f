/* The module `_fn`, by which Python code talks to the boot program: here the archive's modules and data files, the
 * settings, the kind of boot, and what needs C; fn_run.c has the rest. */
#include "interpreter/archive.h"
#include "interpreter/fn_run.h"
#include "interpreter/nonfinite.h"
#include "interpreter/reseed.h"
#include "shared/settings.h"
#include "snapshot/boot_mode.h"
#include "static/compressed_modules.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <marshal.h>

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

/* Returns whether a module is a package; None if there is no such module. */
static PyObject *fn_find(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    (void)module;
    if (!text)
        return NULL;
    const struct module *found = archive_module(text);
    return Py_NewRef(!found ? Py_None : archive_is_package(found) ? Py_True : Py_False);
}

/* Returns a code object; for a compressed module in the portable link, its compressed bytes. */
static PyObject *fn_code(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    (void)module;
    if (!text)
        return NULL;
    const struct module *found = archive_module(text);
    if (!found)
        return PyErr_Format(PyExc_ImportError, "the file holds no module %s", text);
    if (archive_is_packed(found) && !packed_code)
        return PyMemoryView_FromMemory((char *)found->code, (Py_ssize_t)found->length, PyBUF_READ);
    if (archive_is_packed(found))
        return packed_code(found);
    return PyMarshal_ReadObjectFromString(found->code, (Py_ssize_t)found->length);
}

static PyObject *fn_modules(PyObject *module, PyObject *start)
{
    const char *text = PyUnicode_AsUTF8(start);
    (void)module;
    PyObject *modules = text ? PyDict_New() : NULL;
    const struct module *end = fn_archive.modules + fn_archive.module_count;
    for (const struct module *each = fn_archive.modules; modules && each < end; each++)
        if (!strncmp(each->name, text, strlen(text)) &&
            PyDict_SetItemString(modules, each->name, archive_is_package(each) ? Py_True : Py_False) < 0)
            Py_CLEAR(modules);
    return modules;
}

static PyObject *fn_settings(PyObject *module, PyObject *nothing)
{
    const struct settings *settings = settings_own();
    size_t length = settings_write(settings, NULL, 0);
    PyObject *text = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
    (void)module, (void)nothing;
    if (text)
        settings_write(settings, PyBytes_AS_STRING(text), length);
    return text;
}

static PyObject *fn_may_hold_nonfinite(PyObject *module, PyObject *value)
{
    (void)module;
    return PyBool_FromLong(may_hold_nonfinite(value));
}

static PyObject *fn_boot(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    return Py_BuildValue("zO", boot == BOOT_COLD ? boot_reason : NULL, boot_fell_back ? Py_True : Py_False);
}

static PyObject *fn_reseed_openssl(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    if (!reseed_openssl())
        return PyErr_Format(PyExc_OSError, "OpenSSL's random generator cannot be seeded");
    Py_RETURN_NONE;
}

static PyObject *fn_reseed_sqlite(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    reseed_sqlite();
    Py_RETURN_NONE;
}

static PyMethodDef fn_methods[] = {
    {"data", fn_data, METH_O, "Return a view of a data file of the archive, or None."},
    {"find", fn_find, METH_O, "Return whether a module of the archive is a package; None if there is no such module."},
    {"code", fn_code, METH_O, "Return the code of a module."},
    {"modules", fn_modules, METH_O, "Return the modules whose names begin so: a dict that says whether each is a package."},
    {"settings", fn_settings, METH_NOARGS, "Return the settings, as texts with a zero after each."},
    {"may_hold_nonfinite", fn_may_hold_nonfinite, METH_O, "Return whether a value may hold a NaN or an infinity."},
    {"boot", fn_boot, METH_NOARGS, "Return why the boot is cold, or None if it is warm; and whether that was unexpected."},
    {"reseed_openssl", fn_reseed_openssl, METH_NOARGS, "Renew the random generator of OpenSSL."},
    {"reseed_sqlite", fn_reseed_sqlite, METH_NOARGS, "Renew the random generator of SQLite."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef fn_module = {PyModuleDef_HEAD_INIT, "_fn", NULL, -1, fn_methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__fn(void)
{
    PyObject *module = PyModule_Create(&fn_module);
    if (module && PyModule_AddFunctions(module, fn_run_methods) < 0)
        Py_CLEAR(module);
    return module;
}
