/* Makes a restored interpreter this process's own: what libc holds for it, its thread, its locks; then Python goes on
 * where the snapshot was taken (entry/snapshot/prepare.py). Follows what CPython itself does in the child of a fork
 * (PyOS_AfterFork_Child): a restore is a fork of a process that ended long ago. */
#include "snapshot/restore.h"

#include "interpreter/resume.h"
#include "shared/report.h"
#include "snapshot/format.h"
#include "snapshot/libc_state.h"
#include "snapshot/sparse.h"
#include "supervisor/own_path.h"

#include <sys/mman.h>

#define Py_BUILD_CORE 1
#include <Python.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_runtime.h>

/* The pages that every run writes, a range at a time: half the price of a fault for each. An older kernel refuses. */
static void populate(void)
{
    for (unsigned i = 0; i < RANGES_MAX && SNAPSHOT->written[i].length; i++)
        madvise(SNAPSHOT->written[i].start, SNAPSHOT->written[i].length, MADV_POPULATE_WRITE);
}

/* The thread state of the snapshot becomes that of this thread. */
void restore_attach(void)
{
    PyThreadState *thread = SNAPSHOT->thread_state;
#if PY_VERSION_HEX < 0x030c0000
    PyThread_tss_set(&_PyRuntime.gilstate.autoTSSkey, thread);
#else
    PyThread_tss_set(&_PyRuntime.autoTSSkey, thread);
#endif
    thread->thread_id = PyThread_get_thread_ident();
    PyEval_RestoreThread(thread);
    /* No hook of a fork runs, neither before nor after it: what one takes another gives back, and nobody has forked. The
     * locks of an idle process are free; what is left to do is in entry/snapshot/hooks.py. */
    PyInterpreterState *interpreter = thread->interp;
    PyObject *before = interpreter->before_forkers, *in_child = interpreter->after_forkers_child;
    interpreter->before_forkers = interpreter->after_forkers_child = NULL;
    PyOS_BeforeFork();
    PyOS_AfterFork_Child();
    interpreter->before_forkers = before;
    interpreter->after_forkers_child = in_child;
}

int restore_and_run(int argc, char **argv)
{
    populate();
    sparse_restore();
    if (!libc_state_restore())
        cannot_start("libc's state could not be made again");
    restore_attach();
    return resume_in_python(SNAPSHOT->resume, argc, argv);
}
