/* The way from a restored interpreter to Python: the arguments and the environment of this process, and
 * entry/snapshot/prepare.py's `resume` called with them. Holds the interpreter's lock. */
#include "interpreter/init.h"
#include "interpreter/resume.h"
#include "supervisor/own_path.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

int resume_in_python(PyObject *function, int argc, char **argv)
{
    PyObject *arguments = list_of_arguments(argc, argv), *variables = dict_of_environment();
    PyObject *executable = PyUnicode_DecodeFSDefault(own_path());
    bool known = executable && !PySys_SetObject("executable", executable) && !PySys_SetObject("_base_executable", executable);
    PyObject *status = arguments && variables && known ? PyObject_CallFunctionObjArgs(function, arguments, variables, NULL) : NULL;
    if (!status) {
        interpreter_print_error();
        return EXIT_FAILURE;
    }
    return (int)PyLong_AsLong(status);
}
