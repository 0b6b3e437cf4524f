/* Looks for floats that JSON has no form for (NaN, infinities): what entry/codec/json.py asks about a result in which
 * orjson wrote a null. The value has been written by orjson, so it holds no cycle and is at most 254 levels deep. */
#include "interpreter/nonfinite.h"

#include <Python.h>
#include <math.h>

bool may_hold_nonfinite(PyObject *value)
{
    if (PyFloat_CheckExact(value))
        return !isfinite(PyFloat_AS_DOUBLE(value));
    if (PyDict_CheckExact(value)) {
        PyObject *item;
        for (Py_ssize_t at = 0; PyDict_Next(value, &at, NULL, &item);)
            if (may_hold_nonfinite(item))
                return true;
        return false;
    }
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value)) {
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++)
            if (may_hold_nonfinite(PySequence_Fast_GET_ITEM(value, i)))
                return true;
        return false;
    }
    /* anything but plain JSON may hold one: Python looks */
    return !(value == Py_None || PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyBool_Check(value));
}
