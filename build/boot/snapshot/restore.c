/* Makes a restored interpreter this process's own: what libc holds for it, its thread, its locks; then Python goes on
 * where the snapshot was taken (entry/snapshot/prepare.py). Follows what CPython itself does in the child of a fork
 * (PyOS_AfterFork_Child): a restore is a fork of a process that ended long ago. */
#include "snapshot/restore.h"

#include "interpreter/drawn.h"
#include "interpreter/kept_times.h"
#include "interpreter/resume.h"
#include "shared/report.h"
#include "shared/written_pages.h"
#include "snapshot/cpython.h"
#include "snapshot/format.h"
#include "snapshot/libc_state.h"
#include "snapshot/sparse.h"
#include "supervisor/own_path.h"
#include "supervisor/template.h"

/* The thread state of the snapshot becomes that of this thread. */
void restore_attach(void)
{
    PyThreadState *thread = SNAPSHOT->thread_state;
    cpython_adopt_thread(thread);
    PyEval_RestoreThread(thread);
    /* No hook of a fork runs, neither before nor after it: what one takes another gives back, and nobody has forked. The
     * locks of an idle process are free; what is left to do is in entry/snapshot/hooks.py. */
    struct cpython_fork_hooks hooks = cpython_remove_fork_hooks(thread);
    PyOS_BeforeFork();
    PyOS_AfterFork_Child();
    cpython_put_fork_hooks_back(thread, hooks);
}

int restore_and_run(int argc, char **argv)
{
    bool is_run = !template_is_wanted(); /* most of what a run writes a template leaves to its functions */
    if (is_run)
        written_pages_populate(SNAPSHOT->written, BY_EVERY_RUN);
    if (is_run && report && report_has_requests())
        written_pages_populate(SNAPSHOT->written, BY_REQUESTS);
    sparse_restore();
    if (!libc_state_restore())
        cannot_start("libc's state could not be made again");
    drawn_restore();
    times_restore();
    restore_attach();
    return resume_in_python(SNAPSHOT->resume, argc, argv);
}
