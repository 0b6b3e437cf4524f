/* Threads that are started while the process is captured. A snapshot holds none, as the child of a fork: the message names
 * the library that left some running. Each gets as far as it can before the import goes on, so that both find the same
 * memory in every capture. */
#include "portable/program/threads.h"
#include "portable/program/capture.h"
#include "shared/raw_syscall.h"
#include "vfs/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 256, NAME_MAX_LENGTH = 64, LOOKS_MOST = 1000 };

/* Of jemalloc, which gives memory back in it. It says itself what becomes of it in a fork (background_thread.c,
 * `background_thread_postfork_child`): the child does that work as it goes. tests/packages has pyarrow for it. */
static const char *const survivable[] = {"jemalloc_bg_thd"};

struct thread {
    pid_t number;
    pthread_t thread;
    char *frame; /* all that its function has on the stack lies below */
    void *(*function)(void *);
    void *argument;
};
static struct thread threads[THREADS_MAX];
static unsigned thread_count;
static struct {
    char *low, *high;
} stacks[THREADS_MAX]; /* of threads that a fork can do without */
static unsigned stack_count;

static void *begin(void *argument)
{
    struct thread *self = argument;
    self->thread = pthread_self();
    self->frame = __builtin_frame_address(0);
    self->number = (pid_t)raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
    return self->function(self->argument);
}

/* Calls `what` with the number of each thread; none of libc's memory is used. */
static void each_thread(void (*what)(const char *number))
{
    static char names[4096] __attribute__((aligned(__alignof__(struct dirent64))));
    int folder = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (ssize_t length; folder >= 0 && (length = getdents64(folder, names, sizeof names)) > 0;)
        for (ssize_t at = 0; at < length; at += ((struct dirent64 *)(names + at))->d_reclen)
            if (((struct dirent64 *)(names + at))->d_name[0] != '.')
                what(((struct dirent64 *)(names + at))->d_name);
    if (folder >= 0)
        close(folder);
    memset(names, 0, sizeof names);
}

/* What the kernel says of a thread (proc(5)); empty if it has ended. */
static void read_about(const char *number, const char *what, char *text, size_t size)
{
    char place[96];
    snprintf(place, sizeof place, "/proc/self/task/%.20s/%s", number, what);
    int file = open(place, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, size - 1) : 0;
    text[length > 0 ? length : 0] = 0;
    if (file >= 0)
        close(file);
}

/* ---- while imports go on ---- */

static int running;

static void count_if_running(const char *number)
{
    char about[256];
    read_about(number, "stat", about, sizeof about);
    const char *name_end = strrchr(about, ')');
    running += name_end && name_end[1] && name_end[2] != 'S';
}

/* For a fifth of a second at most: one that works on is waited for no longer. */
static void wait_for_the_others(void)
{
    for (int looks = 0, quiet = 0; looks < LOOKS_MOST && quiet < 3; looks++) {
        running = 0;
        each_thread(count_if_running);
        quiet = running <= 1 ? quiet + 1 : 0; /* one is whoever looks */
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
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
        problem = libc(thread, attributes, begin, &threads[number]);
    } else
        problem = libc(thread, attributes, function, argument);
    wait_for_the_others();
    return problem;
}

/* ---- before the fork ---- */

static int missed;
static char libraries[16][NAME_MAX_LENGTH]; /* each once */

static void note_library(const struct thread *thread)
{
    Dl_info info;
    const char *path = thread && dladdr((const void *)thread->function, &info) && info.dli_fname ? info.dli_fname : "an unknown library";
    const char *slash = strrchr(path, '/');
    unsigned i = 0, most = sizeof libraries / sizeof *libraries;
    path = slash ? slash + 1 : path;
    while (i < most && libraries[i][0] && strncmp(libraries[i], path, NAME_MAX_LENGTH - 1))
        i++;
    if (i < most)
        snprintf(libraries[i], NAME_MAX_LENGTH, "%s", path);
}

static bool is_survivable(const char *number)
{
    char name[32];
    read_about(number, "comm", name, sizeof name);
    name[strcspn(name, "\n")] = 0;
    for (size_t i = 0; i < sizeof survivable / sizeof *survivable; i++)
        if (!strcmp(name, survivable[i]))
            return true;
    return false;
}

static void note_stack(const struct thread *thread)
{
    pthread_attr_t attributes;
    void *low;
    size_t length;
    if (pthread_getattr_np(thread->thread, &attributes))
        return;
    if (pthread_attr_getstack(&attributes, &low, &length) == 0) {
        stacks[stack_count].low = low;
        stacks[stack_count++].high = thread->frame;
    }
    pthread_attr_destroy(&attributes);
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
        note_stack(found);
        return;
    }
    missed++;
    note_library(found);
}

int threads_missed(const char **names)
{
    static char text[sizeof libraries + 32];
    for (int looks = 0; looks < LOOKS_MOST; looks++) { /* one that has been joined may still be on its way out */
        missed = 0;
        stack_count = 0;
        memset(libraries, 0, sizeof libraries);
        each_thread(look_at);
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
