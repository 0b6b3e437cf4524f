/* Threads that are started while the process is captured. A snapshot holds none, as the child of a fork: the message names
 * the library that left some running. */
#include "portable/program/threads.h"
#include "portable/program/capture.h"
#include "shared/raw_syscall.h"
#include "snapshot/threads/tasks.h"
#include "snapshot/threads/turns.h"
#include "vfs/files.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 256, NAME_MAX_LENGTH = 64, LOOKS_MOST = 1000, ALL_LOOKS_MOST = 30 * LOOKS_MOST };

/* Of jemalloc, which gives memory back in it. It says itself what becomes of it in a fork (background_thread.c,
 * `background_thread_postfork_child`): the child does that work as it goes. tests/packages has pyarrow for it. */
static const char *const survivable[] = {"jemalloc_bg_thd"};

struct thread {
    pid_t number;
    char *low, *frame; /* all that its function has on the stack lies between */
    void *(*function)(void *);
    void *argument;
    bool is_of_python;
};
static struct thread threads[THREADS_MAX];
static unsigned thread_count;
static struct {
    char *low, *high;
} stacks[THREADS_MAX]; /* of threads that a fork can do without */
static unsigned stack_count;

static char *low_end(void)
{
    pthread_attr_t attributes;
    void *low = NULL;
    size_t length;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &low, &length);
        pthread_attr_destroy(&attributes);
    }
    return low;
}

/* At the end of a thread: libc keeps its stack for the next one, with all that functions have left below here. */
static void __attribute__((noinline)) clear_stack(void *thread)
{
    enum { PAGE = 4096 };
    char *low = ((struct thread *)thread)->low, *high; /* the stack pointer: whoever calls others keeps nothing below it */
    __asm__("mov %%rsp, %0" : "=r"(high));
    char *page = (char *)((uintptr_t)high & ~(uintptr_t)(PAGE - 1));
    if (!low)
        return;
    madvise(low, (size_t)(page - low), MADV_DONTNEED);
    for (volatile char *at = page; at < high; at++)
        *at = 0;
}

static void *begin(void *argument)
{
    struct thread *self = argument;
    void *result;
    self->low = low_end();
    self->frame = __builtin_frame_address(0);
    self->number = (pid_t)raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
    pthread_cleanup_push(clear_stack, self);
    result = self->function(self->argument);
    pthread_cleanup_pop(true);
    return result;
}

ANSWER(int, pthread_create)
(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *argument)
{
    static __typeof__(pthread_create) *libc;
    if (!libc)
        libc = NEXT(pthread_create);
    if (!CAPTURING)
        return libc(thread, attributes, function, argument);
    unsigned number = __atomic_fetch_add(&thread_count, 1, __ATOMIC_RELAXED);
    int problem;
    if (number < THREADS_MAX) {
        threads[number].function = function;
        threads[number].argument = argument;
        threads[number].is_of_python = is_of_python((void *)function);
        problem = libc(thread, attributes, begin, &threads[number]);
    } else
        problem = libc(thread, attributes, function, argument);
    turns_pass();
    return problem;
}

/* ---- before the fork ---- */

static int missed;
static char libraries[16][NAME_MAX_LENGTH]; /* each once */

/* The interpreter is part of the program, which the loader was given as a descriptor: it has no name of its own. */
static const char *library_of(const struct thread *thread)
{
    Dl_info info;
    if (thread && thread->is_of_python)
        return "Python";
    if (!thread || !dladdr((const void *)thread->function, &info) || !info.dli_fname)
        return "an unknown library";
    const char *slash = strrchr(info.dli_fname, '/');
    return slash ? slash + 1 : info.dli_fname;
}

static void note_library(const struct thread *thread)
{
    const char *name = library_of(thread);
    unsigned i = 0, most = sizeof libraries / sizeof *libraries;
    while (i < most && libraries[i][0] && strncmp(libraries[i], name, NAME_MAX_LENGTH - 1))
        i++;
    if (i < most)
        snprintf(libraries[i], NAME_MAX_LENGTH, "%s", name);
}

static bool is_survivable(const char *number)
{
    char name[32];
    tasks_read(number, "comm", name, sizeof name);
    name[strcspn(name, "\n")] = 0;
    for (size_t i = 0; i < sizeof survivable / sizeof *survivable; i++)
        if (!strcmp(name, survivable[i]))
            return true;
    return false;
}

static void look_at(const char *number)
{
    pid_t wanted = (pid_t)atol(number);
    const struct thread *found = NULL;
    if (wanted == (pid_t)raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0))
        return;
    for (unsigned i = 0; i < THREADS_MAX && i < thread_count; i++)
        if (threads[i].number == wanted)
            found = &threads[i];
    if (found && is_survivable(number)) {
        stacks[stack_count].low = found->low;
        stacks[stack_count++].high = found->frame;
        return;
    }
    missed++;
    note_library(found);
}

int threads_missed(const char **names)
{
    static char text[sizeof libraries + 32];
    /* One that has been joined may still be on its way out; while it cannot go on as it would, nobody counts. */
    for (int looks = 0, all = 0; looks < LOOKS_MOST && all < ALL_LOOKS_MOST; looks += !tasks_others_work(), all++) {
        missed = 0;
        stack_count = 0;
        memset(libraries, 0, sizeof libraries);
        tasks_each(look_at);
        if (!missed)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    text[0] = 0;
    for (unsigned i = 0; i < sizeof libraries / sizeof *libraries && libraries[i][0]; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? ", " : "", libraries[i]);
    *names = text;
    return missed;
}

/* ---- after it ---- */

void threads_clear_stacks(void)
{
    for (unsigned i = 0; i < stack_count; i++) {
        char *page = (char *)((uintptr_t)stacks[i].high & ~0xFFFUL);
        memset(page, 0, (size_t)(stacks[i].high - page));
        madvise(stacks[i].low, (size_t)(page - stacks[i].low), MADV_DONTNEED);
    }
    stack_count = 0;
    memset(threads, 0, sizeof threads); /* they hold numbers of threads */
    thread_count = 0;
}
