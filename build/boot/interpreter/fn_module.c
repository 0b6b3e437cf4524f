/* The module `_fn`, by which Python code talks to the boot program: the archive's modules and data files, the settings,
 * the report, the kind of boot. */
#include "interpreter/archive.h"
#include "interpreter/nonfinite.h"
#include "interpreter/reseed.h"
#include "shared/clock.h"
#include "shared/report.h"
#include "shared/settings.h"
#include "snapshot/boot_mode.h"
#include "static/compressed_modules.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <marshal.h>
#include <poll.h>
#include <unistd.h>

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

static PyObject *fn_started(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    if (!report)
        return PyFloat_FromDouble(monotonic_now()); /* at build time nobody supervises */
    if (report_has_requests())
        report_await_request();
    else
        report_await_prepared(); /* with Python's lock held: nothing of a handler runs yet, no other thread wants it */
    return PyFloat_FromDouble(report->started);
}

static PyObject *fn_hosted(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    return PyLong_FromLong(report ? (long)report->host : HOST_ISOLATED);
}

static PyObject *fn_request(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    PyObject *name = report->handler[0] ? PyUnicode_DecodeFSDefault(report->handler) : Py_NewRef(Py_None);
    PyObject *timeout = report->timeout > 0 ? PyFloat_FromDouble(report->timeout) : Py_NewRef(Py_None);
    Py_ssize_t length = report_has_requests() ? (Py_ssize_t)report->request_length : 0;
    Py_ssize_t body = report_has_requests() ? (Py_ssize_t)report->body_length : 0;
    return name && timeout
        ? Py_BuildValue("NNiiy#y#", name, timeout, report->input, report->output, report->request, length,
                        report->request + length, body)
        : NULL;
}

static PyObject *fn_report_kind(PyObject *module, PyObject *args)
{
    int is_json;
    const char *head;
    Py_ssize_t length;
    (void)module;
    if (!PyArg_ParseTuple(args, "py#", &is_json, &head, &length))
        return NULL;
    if (length > ANSWER_HEAD_MAX)
        return PyErr_Format(PyExc_ValueError, "headers of %zd bytes", length);
    report->is_json = is_json;
    memcpy(report->head, head, (size_t)length);
    report->head_length = (uint32_t)length;
    Py_RETURN_NONE;
}

static PyObject *fn_report_output(PyObject *module, PyObject *args)
{
    unsigned long long length;
    const char *bytes;
    Py_ssize_t count;
    (void)module;
    if (!PyArg_ParseTuple(args, "Kz#", &length, &bytes, &count))
        return NULL;
    if (count > SHORT_RESULT_MAX)
        return PyErr_Format(PyExc_ValueError, "a result of %zd bytes belongs into the file", count);
    if (report && bytes)
        report_short_output(bytes, (size_t)count);
    else if (report)
        report_output(length);
    Py_RETURN_NONE;
}

static PyObject *fn_report_error(PyObject *module, PyObject *arguments)
{
    const char *json, *brief;
    Py_ssize_t length, brief_length;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y#y#", &json, &length, &brief, &brief_length))
        return NULL;
    if (!report)
        return PyErr_Format(PyExc_RuntimeError, "a run at build time failed: %s", json);
    if (!report_error(json, (size_t)length, brief, (size_t)brief_length))
        return PyErr_Format(PyExc_ValueError, "an error of %zd bytes is too long", length);
    Py_RETURN_NONE;
}

/* Closes the streams first: so the supervisor sees the end of the log, and publishes while the kernel still frees this
 * process's memory. Finalising the interpreter would only cost time. */
static PyObject *fn_exit_now(PyObject *module, PyObject *status)
{
    (void)module;
    long number = PyLong_AsLong(status);
    if (exit_instead) {
        exit_instead();
        Py_RETURN_NONE;
    }
    fflush(NULL);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    _exit((int)number);
}

/* Asks with one system call for the lowest numbers, which the kernel gives out first. */
static PyObject *fn_has_open_files(PyObject *module, PyObject *nothing)
{
    enum { FIRST = STDERR_FILENO + 1, COUNT = 256 };
    struct pollfd files[COUNT];
    (void)module, (void)nothing;
    for (int i = 0; i < COUNT; i++)
        files[i] = (struct pollfd){.fd = FIRST + i};
    if (poll(files, COUNT, 0) < 0)
        Py_RETURN_TRUE; /* the limit of open files is lower than that: the caller has to look for them */
    for (int i = 0; i < COUNT; i++)
        if (files[i].revents != POLLNVAL)
            Py_RETURN_TRUE;
    Py_RETURN_FALSE;
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

/* At build time nobody supervises: the next run finds a report of HTTP's, and its request there already. */
static PyObject *fn_pretend_request(PyObject *module, PyObject *args)
{
    const char *handler, *head, *body;
    Py_ssize_t length, body_length;
    (void)module;
    if (!PyArg_ParseTuple(args, "sy#y#", &handler, &head, &length, &body, &body_length))
        return NULL;
    if (!report_pretend_request(handler, head, (size_t)length, body, (size_t)body_length))
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *fn_forget_request(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    report_forget_request();
    Py_RETURN_NONE;
}

static PyMethodDef fn_methods[] = {
    {"data", fn_data, METH_O, "Return a view of a data file of the archive, or None."},
    {"find", fn_find, METH_O, "Return whether a module of the archive is a package; None if there is no such module."},
    {"code", fn_code, METH_O, "Return the code of a module."},
    {"modules", fn_modules, METH_O, "Return the modules whose names begin so: a dict that says whether each is a package."},
    {"settings", fn_settings, METH_NOARGS, "Return the settings, as texts with a zero after each."},
    {"started", fn_started, METH_NOARGS, "Wait for the exchange or the request; return when its time began (monotonic)."},
    {"hosted", fn_hosted, METH_NOARGS, "Return the number of the run's host; 0: the isolated one."},
    {"request", fn_request, METH_NOARGS, "For other hosts: return handler, timeout, input, output (descriptors), headers, a short body."},
    {"report_kind", fn_report_kind, METH_VARARGS, "For other hosts: say whether the result is JSON, and give headers for it."},
    {"report_output", fn_report_output, METH_VARARGS, "Report that the output is complete, and its length; a short one is given here, not staged."},
    {"report_error", fn_report_error, METH_VARARGS, "Report an error: a whole error.json, and a brief one."},
    {"exit_now", fn_exit_now, METH_O, "End the process with a status; Python's streams have been flushed."},
    {"has_open_files", fn_has_open_files, METH_NOARGS, "Return whether the run may have left a file or a socket open."},
    {"may_hold_nonfinite", fn_may_hold_nonfinite, METH_O, "Return whether a value may hold a NaN or an infinity."},
    {"pretend_request", fn_pretend_request, METH_VARARGS, "Build time: make the next run one of HTTP: of this handler, with this head and body."},
    {"forget_request", fn_forget_request, METH_NOARGS, "Build time: make the next run one of the isolated host again."},
    {"boot", fn_boot, METH_NOARGS, "Return why the boot is cold, or None if it is warm; and whether that was unexpected."},
    {"reseed_openssl", fn_reseed_openssl, METH_NOARGS, "Renew the random generator of OpenSSL."},
    {"reseed_sqlite", fn_reseed_sqlite, METH_NOARGS, "Renew the random generator of SQLite."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef fn_module = {PyModuleDef_HEAD_INIT, "_fn", NULL, -1, fn_methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__fn(void)
{
    return PyModule_Create(&fn_module);
}
