/* While a snapshot is captured: what is the same in several code objects, as `('self',)` for the names of variables, is kept
 * once. The snapshot is smaller, and runs touch fewer pages. */
#include "snapshot/capture/code_parts.h"

#include "snapshot/boot_mode.h"

#define Py_BUILD_CORE 1
#include <Python.h>
#include <internal/pycore_code.h>

static PyObject *parts; /* each by itself; constants by a key that knows 1 from True */

/* Code of another file may be equal to this, for it is compared without the names of files. */
static bool hold_code(PyObject *constants)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++)
        if (PyCode_Check(PyTuple_GET_ITEM(constants, i)))
            return true;
    return false;
}

/* The part that stands for all that have this key, borrowed as the one that is given. */
static bool share(PyObject *key, PyObject **part)
{
    PyObject *kept = key ? PyDict_SetDefault(parts, key, *part) : NULL;
    if (kept)
        *part = kept;
    return kept;
}

static bool share_constants(PyObject **constants)
{
    PyObject *key = _PyCode_ConstantKey(*constants);
    bool done = share(key, constants);
    Py_XDECREF(key);
    return done;
}

static bool share_parts(struct _PyCodeConstructor *code)
{
    return (parts || (parts = PyDict_New()))
        && (hold_code(code->consts) || share_constants(&code->consts))
        && share(code->names, &code->names)
        && share(code->localsplusnames, &code->localsplusnames)
        && share(code->localspluskinds, &code->localspluskinds);
}

PyCodeObject *__real__PyCode_New(struct _PyCodeConstructor *code);
PyCodeObject *__wrap__PyCode_New(struct _PyCodeConstructor *code)
{
    return boot == BOOT_CAPTURE && !share_parts(code) ? NULL : __real__PyCode_New(code);
}

void code_parts_release(void)
{
    Py_CLEAR(parts);
}
