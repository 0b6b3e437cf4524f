/* An extension module of the sample package: looks at paths as C libraries do, and needs a private library. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <sys/stat.h>

extern int private_answer(void);

static PyObject *answer(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    return PyLong_FromLong(private_answer());
}

static PyObject *read_file(PyObject *module, PyObject *path)
{
    (void)module;
    char text[256];
    FILE *stream = fopen(PyUnicode_AsUTF8(path), "rb");
    if (!stream)
        return PyErr_SetFromErrno(PyExc_OSError);
    size_t length = fread(text, 1, sizeof text, stream);
    fclose(stream);
    return PyUnicode_FromStringAndSize(text, (Py_ssize_t)length);
}

static PyObject *size_of(PyObject *module, PyObject *path)
{
    (void)module;
    struct stat found;
    if (stat(PyUnicode_AsUTF8(path), &found) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyLong_FromLong((long)found.st_size);
}

static PyObject *names_in(PyObject *module, PyObject *path)
{
    (void)module;
    DIR *folder = opendir(PyUnicode_AsUTF8(path));
    if (!folder)
        return PyErr_SetFromErrno(PyExc_OSError);
    PyObject *names = PyList_New(0);
    for (struct dirent *entry; (entry = readdir(folder));)
        PyList_Append(names, PyUnicode_FromString(entry->d_name));
    closedir(folder);
    return names;
}

static PyObject *late(PyObject *module, PyObject *name)
{
    (void)module;
    void *library = dlopen(PyUnicode_AsUTF8(name), RTLD_NOW);
    int (*function)(void) = library ? (int (*)(void))dlsym(library, "late_answer") : NULL;
    return function ? PyLong_FromLong(function()) : PyErr_Format(PyExc_OSError, "%s", dlerror());
}

static PyMethodDef methods[] = {
    {"answer", answer, METH_NOARGS, NULL}, {"read", read_file, METH_O, NULL}, {"size", size_of, METH_O, NULL},
    {"names", names_in, METH_O, NULL},     {"late", late, METH_O, NULL},      {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModule_Create(&definition);
}
