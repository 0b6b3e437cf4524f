/* Captures the process: imports what runs need, ends what a fork ends, and shows the build the memory of that fork. The
 * build writes it into the file (build/snapshot/process/). Build time only.
 *
 * A fork, since libraries with threads of their own end them then and start them anew when they are wanted again: what
 * survives a fork is what a snapshot can hold. */
#include "interpreter/drawn.h"
#include "interpreter/kept_times.h"
#include "interpreter/prepare.h"
#include "interpreter/refusal.h"
#include "portable/bundled.h"
#include "portable/process_snapshot.h"
#include "portable/program/allocator.h"
#include "portable/program/capture.h"
#include "portable/program/resume.h"
#include "portable/program/scrubbing.h"
#include "portable/program/threads.h"
#include "shared/place.h"
#include "shared/report.h"
#include "snapshot/heap/heap.h"
#include "snapshot/heap/profile.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/platform/x86.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern void *__libc_stack_end, *__curbrk;

enum { CONTROL_LEAST = 200 }; /* above what imports open, and what some close */

static struct process_state state;
static int control; /* a socket whose other end the build has */
static bool is_last_fork;
static ElfW(auxv_t) *auxiliary;

/* ---- what a snapshot cannot hold ---- */

/* The last that is done before the fork, since it was the first to be registered: after the libraries' own handlers. */
static void check_threads(void)
{
    if (!is_last_fork)
        return;
    const char *libraries;
    int threads = threads_missed(&libraries);
    if (threads)
        refuse("the imports left %d thread%s running, and no fork ends them (threads were started by %s)", threads,
               threads == 1 ? "" : "s", libraries);
}

/* ---- what differs from capture to capture, or would be another's in a run ---- */

/* Memory files of the loader's are gone, and a run's may get their numbers: the loader would take them for the same. */
static void forget_file_number(int fd, const void *address, uint64_t instead)
{
    struct stat about;
    struct link_map *map;
    Dl_info info;
    if (syscall(SYS_fstat, fd, &about) == 0 && /* libc's tells of no numbers now */
        dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP))
        place_renumber(map, about.st_dev, about.st_ino, instead);
    explicit_bzero(&about, sizeof about);
    close(fd);
}

/* malloc keeps its key in each block that it has freed and would give out next. */
static uint64_t key_of_malloc(void)
{
    uint64_t *volatile block = malloc(2 * sizeof *block);
    if (!block)
        abort();
    free(block);
    return ((volatile uint64_t *)block)[1];
}

/* Two captures have differed: says which names lead to what differs (entry/snapshot/keepers.py), and ends. */
static void tell_keepers(void)
{
    PyObject *module = PyImport_ImportModule("entry.snapshot.prepare");
    PyObject *told = module ? PyObject_CallMethod(module, "tell_keepers", NULL) : NULL;
    if (!told)
        PyErr_Print();
    Py_FinalizeEx();
    _exit(told ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* ---- the capture ---- */

/* The build gives the socket as the standard input. Imports that read that find its end there, as in a run. */
static void move_control(void)
{
    int ends[2];
    control = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, CONTROL_LEAST);
    if (control < 0 || pipe(ends) || dup2(ends[0], STDIN_FILENO) < 0)
        refuse("the standard input cannot be replaced: %s", strerror(errno));
    close(ends[0]);
    close(ends[1]);
}

static void describe(void)
{
    size_t length;
    state.thread_pointer = (uint64_t)__builtin_thread_pointer();
    if (prctl(PR_GET_TID_ADDRESS, &state.thread_id) || syscall(SYS_get_robust_list, 0, &state.robust_list, &length))
        refuse("the kernel does not say what it knows of the thread: %s", strerror(errno));
    state.auxiliary = (uint64_t)auxiliary;
    state.random = getauxval(AT_RANDOM);
    state.stack_start = (uint64_t)__libc_stack_end;
    state.stack_end = (uint64_t)&__libc_stack_end;
    state.heap_end = (uint64_t)&__curbrk;
    state.loader_data = (uint64_t)dlvsym(RTLD_DEFAULT, "_rtld_global_ro", "GLIBC_PRIVATE");
    state.processor_number = (uint64_t)&__x86_get_cpuid_feature_leaf(CPUID_INDEX_1)->cpuid_array[1] + 3; /* of ebx */
    state.resume = (uint64_t)resume;
    memcpy(state.features, BUNDLED->features, sizeof state.features);
    syscall(SYS_sigaltstack, NULL, state.signal_stack);
    for (int i = 1; i <= SIGNALS; i++)
        syscall(SYS_rt_sigaction, i, NULL, &state.actions[i], SIGNALS / 8);
}

static bool transfer(long number, int fd, void *memory, size_t length)
{
    for (char *next = memory; length;) {
        long done = syscall(number, fd, next, length);
        if (done <= 0)
            return false;
        next += done;
        length -= (size_t)done;
    }
    return true;
}

/* Nothing of libc may be under way: its memory is what the build reads. Says where its state lies, then sends each range
 * of memory that it is asked for. Returns when it is asked for an empty one. */
static void show(void)
{
    struct {
        uint64_t process, state;
    } hello = {(uint64_t)syscall(SYS_getpid), (uint64_t)&state};
    struct {
        uint64_t start, length;
    } range;
    bool asked = transfer(SYS_write, control, &hello, sizeof hello);
    while (asked && transfer(SYS_read, control, &range, sizeof range)) {
        if (!range.length)
            return;
        asked = transfer(SYS_write, control, (void *)range.start, range.length);
    }
    syscall(SYS_exit_group, EXIT_SUCCESS);
}

void capture(void)
{
    char **end = environ;
    while (*end++)
        ;
    move_control();
    auxiliary = (void *)end; /* the loader has moved it, with the environment before it */
    static char *nothing[] = {NULL};
    environ = nothing;
    report = NULL;
    forget_file_number(BUNDLED->auditor, BUNDLED->in_auditor, OBJECT_AUDITOR);
    forget_file_number(BUNDLED->program, capture, OBJECT_PROGRAM);
    allocator_begin();
    pthread_atfork(check_threads, NULL, NULL);
    scrubbing_begin();
    prepare_interpreter((uint32_t)BUNDLED->seed);
    resume_function = prepare_imports();
    PyGC_Collect();
    refuse_what_is_open(1);
    resume_variables = environ; /* what imports have set: the build's were cleared before */
    environ = nothing;
    fflush(NULL);
    is_last_fork = true;
    pid_t child = prepare_fork();
    if (child) {
        int status = EXIT_FAILURE;
        waitpid(child, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
    }
    is_last_fork = false;
    threads_clear_stacks();
    scrubbing_end();
    if (!strcmp(BUNDLED->wanted, "keepers"))
        tell_keepers();
    prepare_clear_frames();
    PyThreadState *thread = PyEval_SaveThread();
    thread->native_thread_id = 0;
    resume_thread = thread;
    drawn_clear(heap_start(), heap_used());
    times_clear(heap_start(), heap_used());
    allocator_close();
    if (profile_asked(BUNDLED->wanted) == PROFILE_BLOCKS)
        profile(control, PROFILE_BLOCKS);
    allocator_trim();
    malloc_trim(0); /* whole pages of freed memory become zeros, which are not stored */
    state.malloc_key = key_of_malloc();
    describe();
    show();
    profile(control, PROFILE_PAGES); /* the build has all memory by now: this process may go on */
}
