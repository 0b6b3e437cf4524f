/* Makes a restored process this process's own, behind what the launcher has done for its thread (launcher/restore.c), and
 * goes on in Python. In a template, functions go on from a pause there. */
#include "interpreter/drawn.h"
#include "interpreter/kept_times.h"
#include "interpreter/resume.h"
#include "portable/bundled.h"
#include "portable/program/resume.h"
#include "shared/report.h"
#include "shared/settings.h"
#include "shared/unpack.h"
#include "snapshot/boot_mode.h"
#include "supervisor/template.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

PyObject *resume_function;
void *resume_thread;
char **resume_variables;

/* libc takes the size of threads' stacks from the limit, when a process starts (nptl/nptl-init.c). */
static void reset_stack_size(void)
{
    enum { UNLIMITED = 2 << 20, PAGE = 4096 };
    struct rlimit limit;
    pthread_attr_t attributes;
    size_t length;
    if (getrlimit(RLIMIT_STACK, &limit) || pthread_getattr_default_np(&attributes))
        return;
    size_t wanted = limit.rlim_cur == RLIM_INFINITY ? UNLIMITED : (limit.rlim_cur + PAGE - 1) & ~(rlim_t)(PAGE - 1);
    if (pthread_attr_getstacksize(&attributes, &length) == 0 && length != wanted &&
        pthread_attr_setstacksize(&attributes, wanted) == 0)
        pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

void resume(int argc, char **argv, char **environment)
{
    PyThreadState *thread = resume_thread;
    environ = environment;
    boot = BOOT_WARM;
    exit_instead = NULL;
    report = BUNDLED->report;
    settings_use(BUNDLED->settings);
    report->has_started = true;
    BUNDLED->choose_folder = unpack_choose;
    for (char **each = resume_variables; each && *each; each++)
        putenv(*each);
    reset_stack_size();
    if (BUNDLED->pause)
        tzset(); /* once for all functions of a template */
    else
        zone_forget();
    drawn_restore();
    times_restore();
    thread->native_thread_id = (unsigned long)syscall(SYS_gettid);
    PyEval_RestoreThread(thread);
    int status = resume_in_python(resume_function, argc, argv);
    fflush(NULL);
    _exit(status);
}

/* The interpreter's side of a template: the launcher pauses, and a function that goes on has a report of its own. */
bool template_pause(void)
{
    if (!BUNDLED->pause || !BUNDLED->pause())
        return false;
    report = BUNDLED->report;
    report->has_started = true;
    return true;
}
