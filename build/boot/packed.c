/* Code of modules that few cold boots import: packed in the archive, unpacked when one is imported. Static link only.
 * Through memory of its own: while a snapshot is taken, nothing of it is left in the heap. */
#include "boot.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <marshal.h>
#include <sys/mman.h>
#include <zlib.h>

PyObject *packed_code(const char *name)
{
    const char *packed;
    size_t packed_length, length;
    if (!archive_packed(name, &packed, &packed_length, &length))
        return PyErr_Format(PyExc_ImportError, "the file holds no packed module %s", name);
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return PyErr_NoMemory();
    uLongf unpacked = length;
    PyObject *code = uncompress(memory, &unpacked, (const Bytef *)packed, packed_length) == Z_OK
        ? PyMarshal_ReadObjectFromString(memory, (Py_ssize_t)unpacked)
        : PyErr_Format(PyExc_ImportError, "the code of %s is damaged", name);
    munmap(memory, length);
    return code;
}
