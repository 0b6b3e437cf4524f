/* Where a block belongs that no profiled run has touched. A handler that calls what none has called counts references of
 * names, and of those most that are in many places; it does not read documentation, nor tables of lines. Build time only. */
#include "snapshot/heap/untouched.h"

#include <Python.h>

enum { POPULAR_LEAST = 8, RARE_MOST = 3 }; /* references */

enum section untouched_section(void *block, size_t length)
{
    PyObject *object = block;
    if (length < sizeof *object)
        return SECTION_COLD;
    if (Py_IS_TYPE(object, &PyBytes_Type))
        return SECTION_RARE;
    if (!Py_IS_TYPE(object, &PyUnicode_Type))
        return SECTION_COLD;
    if (Py_REFCNT(object) >= POPULAR_LEAST)
        return SECTION_POPULAR;
    return Py_REFCNT(object) <= RARE_MOST ? SECTION_RARE : SECTION_COLD;
}
