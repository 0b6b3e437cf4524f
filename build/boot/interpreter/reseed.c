/* Generators that libraries keep and that would repeat themselves in every run: each draws on the kernel anew. To be
 * called only when the snapshot has imported a module of the library: else it may be packed
 * (static/compressed_libraries.c). */
#include "interpreter/reseed.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>

extern int RAND_poll(void) __attribute__((weak));
typedef void randomness(int length, void *bytes);
#ifdef FN_STATIC
extern randomness sqlite3_randomness __attribute__((weak));

static randomness *sqlite_randomness(void)
{
    return sqlite3_randomness;
}
#else
/* That of the library below the module that has been imported, which nobody else sees. OpenSSL, as a shared object, looks
 * at the number of the process by itself. */
static randomness *sqlite_randomness(void)
{
    PyObject *name = PyUnicode_FromString("_sqlite3"), *module = name ? PyImport_GetModule(name) : NULL;
    PyObject *file = module ? PyModule_GetFilenameObject(module) : NULL;
    const char *path = file ? PyUnicode_AsUTF8(file) : NULL;
    void *library = path ? dlopen(path, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    randomness *found = library ? (randomness *)dlsym(library, "sqlite3_randomness") : NULL;
    PyErr_Clear();
    Py_XDECREF(file);
    Py_XDECREF(module);
    Py_XDECREF(name);
    return found;
}
#endif

bool reseed_openssl(void)
{
    return !RAND_poll || RAND_poll() == 1;
}

void reseed_sqlite(void)
{
    randomness *reseed = sqlite_randomness();
    if (reseed)
        reseed(0, NULL);
}
