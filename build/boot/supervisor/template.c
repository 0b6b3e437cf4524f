/* The template of a server's functions: an interpreter that the server starts in its own process, as far as all runs do the same.
 * There, deep in calls of Python that do not return in it, the server serves. A function is a fork of it which goes on from
 * there: so it need not start Python, and copies none of the memory that only a start writes. What must be new in each run,
 * such as seeds, is made behind that place (entry/snapshot/prepare.py); no code of an author runs before it. */
#include "supervisor/template.h"

#include "shared/launch.h"
#include "shared/report.h"
#include "supervisor/child.h"

#include <link.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

extern char **environ;
extern const char __ehdr_start[]; /* of this program: the linker defines it */

static int (*to_serve)(void); /* NULL: nobody is to make a template, or it is made */
static bool made;
static jmp_buf place;
static struct sigaction of_children; /* what an import has set: a server must hear of the end of its children */

int template_serve(int argc, char **argv, int (*serve)(void))
{
    char **variables = environ;
    if (interpreter_can_be_template() && (report = report_make(HOST_HTTP))) {
        to_serve = serve;
        function_begin(NULL, __builtin_alloca(function_room()));
        interpreter_run_as_template(argc, argv);
        environ = variables;
        to_serve = NULL;
    }
    report_forget_request();
    return serve();
}

bool template_is_wanted(void)
{
    return to_serve;
}

bool template_is_made(void)
{
    return made;
}

/* Code that only a start runs need not stay mapped: the file has it. */
static void unmap_code(void)
{
    const ElfW(Ehdr) *head = (const void *)__ehdr_start;
    const ElfW(Phdr) *segments = (const void *)(__ehdr_start + head->e_phoff);
    for (int i = 0; i < head->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD && !segments[i].p_offset && !(segments[i].p_flags & PF_W))
            madvise((void *)(uintptr_t)__ehdr_start, segments[i].p_memsz, MADV_DONTNEED);
}

bool template_pause(void)
{
    int (*serve)(void) = to_serve;
    if (!serve)
        return false;
    to_serve = NULL;
    report_forget_request();
    sigaction(SIGCHLD, NULL, &of_children);
    signal(SIGCHLD, SIG_DFL);
    made = true;
    unmap_code();
    if (setjmp(place) == 0) {
        int status = serve();
        fflush(NULL);
        _exit(status);
    }
    return true;
}

void template_go_on(void)
{
    if (of_children.sa_handler != SIG_DFL)
        sigaction(SIGCHLD, &of_children, NULL);
    interpreter_populate();
    longjmp(place, 1);
}
