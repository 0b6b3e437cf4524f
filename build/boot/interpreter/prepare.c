/* Build time: starts the interpreter cold and has it import all that the snapshot is to hold, whatever its kind. */
#include "interpreter/init.h"
#include "interpreter/prepare.h"
#include "shared/report.h"
#include "snapshot/cpython.h"
#include "vfs/files.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void stay(void)
{
}

static void clear_environment(void)
{
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *variables = posix ? PyObject_GetAttrString(posix, "environ") : NULL;
    if (!variables)
        abort();
    PyDict_Clear(variables);
    clearenv();
    Py_DECREF(variables);
    Py_DECREF(posix);
}

void prepare_interpreter(unsigned long hash_seed)
{
    clearenv(); /* nothing of the build's environment may be in the file, nor of its machine's time zone */
    setenv("TZ", "UTC0", 1);
    for (int number = 1; number < NSIG; number++) /* a shell ignores some for what it starts in the background */
        signal(number, SIG_DFL);
    exit_instead = stay; /* the warm-up */
    interpreter_start(1, (char *[]){"fn", NULL}, &hash_seed);
    clear_environment();
}

PyObject *prepare_imports(void)
{
    aside_begin("aside");
    PyObject *module = PyImport_ImportModule("entry.snapshot.prepare");
    PyObject *resume = module ? PyObject_CallMethod(module, "prepare", NULL) : NULL;
    if (!resume) {
        interpreter_print_error();
        exit(EXIT_FAILURE);
    }
    aside_end();
    return resume;
}

void prepare_clear_frames(void)
{
    cpython_clear_frames(PyThreadState_Get());
}

/* Hooks in Python are for a fork in a run: they stay, and are not called for this one. What they would do for a restored
 * process, entry/snapshot/hooks.py does. Libraries' own handlers are called. */
pid_t prepare_fork(void)
{
    PyThreadState *thread = PyThreadState_Get();
    struct cpython_fork_hooks hooks = cpython_remove_fork_hooks(thread);
    PyOS_BeforeFork();
    pid_t process = fork();
    if (process == 0)
        PyOS_AfterFork_Child();
    cpython_put_fork_hooks_back(thread, hooks);
    return process;
}
