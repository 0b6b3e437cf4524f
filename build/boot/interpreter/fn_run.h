#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyMethodDef fn_run_methods[]; /* of the module `_fn` */
