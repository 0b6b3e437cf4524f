/* What a run talks with its supervisor about, for Python code (the module `_fn`): when it begins, what it is asked for,
 * what it reports, and how it ends. At build time nobody supervises; a run may be pretended there. */
#include "interpreter/fn_run.h"

#include "interpreter/drawn.h"
#include "interpreter/kept_times.h"
#include "shared/clock.h"
#include "shared/report.h"
#include "snapshot/boot_mode.h"
#include "supervisor/template.h"

#include <poll.h>
#include <unistd.h>

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

static PyObject *fn_part(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    if (part_instead) {
        part_instead();
    } else if (template_pause()) {
        PyThreadState_Get()->native_thread_id = PyThread_get_thread_native_id();
        drawn_restore();
        times_restore();
    }
    Py_RETURN_NONE;
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

PyMethodDef fn_run_methods[] = {
    {"started", fn_started, METH_NOARGS, "Wait for the exchange or the request; return when its time began (monotonic)."},
    {"part", fn_part, METH_NOARGS, "Pause where runs part that have begun alike: a server stays there, its functions go on."},
    {"hosted", fn_hosted, METH_NOARGS, "Return the number of the run's host; 0: the isolated one."},
    {"request", fn_request, METH_NOARGS, "For other hosts: return handler, timeout, input, output (descriptors), headers, a short body."},
    {"report_kind", fn_report_kind, METH_VARARGS, "For other hosts: say whether the result is JSON, and give headers for it."},
    {"report_output", fn_report_output, METH_VARARGS, "Report that the output is complete, and its length; a short one is given here, not staged."},
    {"report_error", fn_report_error, METH_VARARGS, "Report an error: a whole error.json, and a brief one."},
    {"exit_now", fn_exit_now, METH_O, "End the process with a status; Python's streams have been flushed."},
    {"has_open_files", fn_has_open_files, METH_NOARGS, "Return whether the run may have left a file or a socket open."},
    {"pretend_request", fn_pretend_request, METH_VARARGS, "Build time: make the next run one of HTTP: of this handler, with this head and body."},
    {"forget_request", fn_forget_request, METH_NOARGS, "Build time: make the next run one of the isolated host again."},
    {NULL, NULL, 0, NULL},
};
