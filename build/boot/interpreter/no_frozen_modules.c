/* The interpreter's own frozen modules, replaced by none: all modules, the first ones included, come from the archive
 * (build/archive/bytecode.py). CPython 3.11 and 3.12 would bring theirs as ready-made objects, 0.9 MB of data: a cold
 * boot has to copy most of it, and a warm one the pages of each text in it that a run refers to. */
#include "snapshot/cpython.h"

static const struct _frozen none[1];
static const struct _module_alias aliases[] = {
    {"_frozen_importlib", "importlib._bootstrap"},
    {"_frozen_importlib_external", "importlib._bootstrap_external"},
    {NULL, NULL},
};

const struct _frozen *_PyImport_FrozenBootstrap = none;
const struct _frozen *_PyImport_FrozenStdlib = none;
const struct _frozen *_PyImport_FrozenTest = none;
const struct _frozen *PyImport_FrozenModules = none;
const struct _module_alias *_PyImport_FrozenAliases = aliases;

#if CPYTHON_HAS_DEEP_FREEZE
int _Py_Deepfreeze_Init(void)
{
    return 0;
}

void _Py_Deepfreeze_Fini(void)
{
}
#endif
