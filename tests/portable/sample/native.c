/* An extension module of the sample package: looks at paths as C libraries do, and needs a private library. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dirent.h>
#include <dlfcn.h>
#include <iconv.h>
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

/* A library of the machine, opened by its name: libc's own package has it. */
static PyObject *open_by_name(PyObject *module, PyObject *nothing)
{
    (void)module, (void)nothing;
    return dlopen("libanl.so.1", RTLD_NOW) ? PyUnicode_FromString("opened") : PyUnicode_FromString(dlerror());
}

static PyObject *from_latin_1(PyObject *module, PyObject *bytes)
{
    (void)module;
    char *in = PyBytes_AsString(bytes), out[64], *end = out;
    size_t in_left = (size_t)PyBytes_Size(bytes), out_left = sizeof out;
    iconv_t charset = iconv_open("UTF-8", "ISO-8859-1");
    if (charset == (iconv_t)-1)
        return PyErr_SetFromErrno(PyExc_OSError);
    iconv(charset, &in, &in_left, &end, &out_left);
    iconv_close(charset);
    return PyUnicode_FromStringAndSize(out, end - out);
}

static PyMethodDef methods[] = {
    {"answer", answer, METH_NOARGS, NULL},
    {"read", read_file, METH_O, NULL},
    {"size", size_of, METH_O, NULL},
    {"names", names_in, METH_O, NULL},
    {"late", late, METH_O, NULL},
    {"open_by_name", open_by_name, METH_NOARGS, NULL},
    {"from_latin_1", from_latin_1, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModule_Create(&definition);
}
