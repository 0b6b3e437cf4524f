/* Makes a restored interpreter this process's own: what libc holds for it, its thread, its locks; then Python goes on
 * where the snapshot was taken (entry/snapshot/prepare.py). Follows what CPython itself does in the child of a fork
 * (PyOS_AfterFork_Child): a restore is a fork of a process that ended long ago. */
#include "snapshot/restore.h"

#include "interpreter/init.h"
#include "shared/report.h"
#include "snapshot/format.h"
#include "snapshot/libc_state.h"
#include "snapshot/sparse.h"
#include "supervisor/own_path.h"

#include <sys/mman.h>

#define Py_BUILD_CORE 1
#include <Python.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_runtime.h>

extern char **environ;

static PyObject *list_of_arguments(int argc, char **argv)
{
    PyObject *list = PyList_New(argc);
    for (int i = 0; list && i < argc; i++) {
        PyObject *text = PyUnicode_DecodeFSDefault(argv[i]);
        if (!text) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, i, text);
    }
    return list;
}

/* As posix.environ is made: the first of two equal names counts. */
static PyObject *dict_of_environment(void)
{
    PyObject *variables = PyDict_New();
    for (char **each = environ; variables && *each; each++) {
        const char *separator = strchr(*each, '=');
        if (!separator)
            continue;
        PyObject *name = PyBytes_FromStringAndSize(*each, separator - *each);
        PyObject *value = PyBytes_FromString(separator + 1);
        if (!name || !value || !PyDict_SetDefault(variables, name, value))
            Py_CLEAR(variables);
        Py_XDECREF(name);
        Py_XDECREF(value);
    }
    return variables;
}

/* The pages that every run writes, a range at a time: half the price of a fault for each. An older kernel refuses. */
static void populate(void)
{
    for (unsigned i = 0; i < RANGES_MAX && IMAGE->written[i].length; i++)
        madvise(IMAGE->written[i].start, IMAGE->written[i].length, MADV_POPULATE_WRITE);
}

/* The thread state of the image becomes that of this thread. */
void restore_attach(void)
{
    PyThreadState *thread = IMAGE->thread_state;
#if PY_VERSION_HEX < 0x030c0000
    PyThread_tss_set(&_PyRuntime.gilstate.autoTSSkey, thread);
#else
    PyThread_tss_set(&_PyRuntime.autoTSSkey, thread);
#endif
    thread->thread_id = PyThread_get_thread_ident();
    PyEval_RestoreThread(thread);
    /* No hook of a fork runs, neither before nor after it: what one takes another gives back, and nobody has forked. The
     * locks of an idle process are free; what is left to do is in entry/snapshot/hooks.py. */
    PyInterpreterState *interpreter = thread->interp;
    PyObject *before = interpreter->before_forkers, *in_child = interpreter->after_forkers_child;
    interpreter->before_forkers = interpreter->after_forkers_child = NULL;
    PyOS_BeforeFork();
    PyOS_AfterFork_Child();
    interpreter->before_forkers = before;
    interpreter->after_forkers_child = in_child;
}

int restore_and_run(int argc, char **argv)
{
    populate();
    sparse_restore();
    if (!replay())
        cannot_start("libc's state could not be made again");
    restore_attach();
    PyObject *arguments = list_of_arguments(argc, argv), *variables = dict_of_environment();
    PyObject *executable = PyUnicode_DecodeFSDefault(own_path());
    bool known = executable && !PySys_SetObject("executable", executable) && !PySys_SetObject("_base_executable", executable);
    PyObject *status = arguments && variables && known
        ? PyObject_CallFunctionObjArgs(IMAGE->resume, arguments, variables, NULL)
        : NULL;
    if (!status) {
        interpreter_print_error();
        return EXIT_FAILURE;
    }
    return (int)PyLong_AsLong(status);
}
