/* The function's process, as its parent sees it: starts it, sends it signals, reaps it and what it leaves behind. */
#include "supervisor/child.h"

#include "shared/launch.h"
#include "shared/report.h"
#include "supervisor/descendant.h"
#include "supervisor/private_tmp.h"
#include "supervisor/signals.h"
#include "supervisor/template.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct rlimit function_files;
int function_files_before = 1024;
bool function_private_tmp;
static LIST_HEAD(, function) running; /* those that have not ended */

/* Descriptors that the function gets have high numbers: handlers may close low ones, or use them for something else. */
enum { KEPT_FROM = 400 };

static int keep(int fd)
{
    int kept = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, KEPT_FROM);
    return kept < 0 && fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : kept; /* few descriptors are allowed */
}

/* Before Linux 5.9, closes one by one: as many as a server may have open; of whoever started this, a thousand. */
static void close_between(int first, int last)
{
    if (first <= last && close_range((unsigned)first, (unsigned)last, 0) < 0)
        for (int fd = first; fd <= last && fd < function_files_before; fd++)
            close(fd);
}

/* Closes all descriptors of the supervisor and of whoever started it, but the streams and those that are kept. */
static void close_all_but_streams(const int *kept, size_t count)
{
    int next = 3;
    for (int first; next < INT_MAX; next = first + (first < INT_MAX)) {
        first = INT_MAX;
        for (size_t i = 0; i < count; i++)
            if (kept[i] >= next && kept[i] < first)
                first = kept[i];
        close_between(next, first - 1);
    }
}

size_t function_room(void)
{
    return descendant_room();
}

void function_begin(const char *data_dir, void *room)
{
    for (int number = 1; number <= SIGSYS; number++) /* a parent may have left signals ignored */
        signal(number, SIG_DFL);
    descendant_mark(data_dir ?: "", room);
}

/* The group is none that may use the terminal: who asks there, as git and ssh do, would be stopped, and all of the group with
 * it. Without a terminal it is told so. A session of its own would say the same, and cost ten times as much: the kernel
 * makes a group of its scheduler's for each. */
static void leave_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    ioctl(fd, TIOCNOTTY);
    close(fd);
}

__attribute__((noreturn)) static void child_main(pid_t supervisor, const struct beginning *with, int argc,
                                                      char **argv)
{
    int empty[2], kept[] = {keep(with->input), keep(with->output), keep(with->report->file)};
    bool had_file = with->report->file >= 0;
    with->report->input = kept[0];
    with->report->output = kept[1];
    with->report->file = kept[2];
    if (function_private_tmp && !private_tmp_make())
        _exit(EXIT_FAILURE);
    setpgid(0, 0);                     /* so that processes that it leaves behind can be ended with it */
    leave_terminal();
    prctl(PR_SET_PDEATHSIG, SIGKILL);  /* no run goes on without its supervisor */
    pid_t parent = getppid();
    if (parent != supervisor && parent != 0) /* it has died already; 0: it is in another process namespace */
        _exit(EXIT_FAILURE);
    if (pipe2(empty, O_CLOEXEC) == 0)
        dup2(empty[0], STDIN_FILENO);
    dup2(with->log_write, STDOUT_FILENO);
    dup2(with->log_write, STDERR_FILENO);
    close_all_but_streams(kept, sizeof kept / sizeof *kept);
    if (function_files.rlim_max)
        setrlimit(RLIMIT_NOFILE, &function_files);
    if (!template_is_made())
        function_begin(with->data_dir, __builtin_alloca(function_room()));
    signals_release();
    report = with->report;
    if ((kept[0] < 0 && with->input >= 0) || (kept[1] < 0 && with->output >= 0) || (kept[2] < 0 && had_file))
        cannot_start("too few files may be open for a run: allow more (ulimit -n)");
    if (template_is_made())
        template_go_on();
    interpreter_run(argc, argv);
}

bool function_start(struct function *function, const struct beginning *with, int argc, char **argv)
{
    pid_t supervisor = getpid(), process = fork();
    if (process == 0)
        child_main(supervisor, with, argc, argv);
    *function = (struct function){.process = process > 0 ? process : 0, .ended = process < 0};
    if (process < 0)
        return false;
    LIST_INSERT_HEAD(&running, function, listed);
    setpgid(process, process); /* the child does the same: either may come first */
    return true;
}

void function_send(struct function *function, int number)
{
    if (function->process && !function->ended)
        kill(function->process, number);
}

void function_kill(struct function *function)
{
    if (function->process)
        kill(-function->process, SIGKILL); /* the group may outlive it */
    function_send(function, SIGKILL);      /* it may have left the group */
}

static void note_end(struct function *function, int status)
{
    LIST_REMOVE(function, listed);
    function->ended = true;
    function->status = status;
}

void function_await_end(struct function *function)
{
    int status = 0;
    if (!function->process || function->ended)
        return;
    waitpid(function->process, &status, 0);
    note_end(function, status);
}

/* ---- children that no function has started, or that one has left behind ---- */

enum { STRANGERS_MOST = 64 };
static pid_t strangers[STRANGERS_MOST]; /* 0: no more of them */

static void each_child(void (*handle)(pid_t process))
{
    char text[8 * 1024]; /* the kernel gives whole numbers */
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    for (ssize_t length; fd >= 0 && (length = read(fd, text, sizeof text - 1)) > 0;) {
        text[length] = 0;
        char *next = text, *end;
        for (pid_t process; (process = (pid_t)strtol(next, &end, 10)) > 0; next = end)
            handle(process);
    }
    if (fd >= 0)
        close(fd);
}

static void note_stranger(pid_t process)
{
    for (size_t i = 0; i < STRANGERS_MOST; i++)
        if (!strangers[i]) {
            strangers[i] = process;
            return;
        }
}

void function_note_strangers(void)
{
    each_child(note_stranger);
}

/* Its number may become that of something that a function leaves behind. */
static void forget_stranger(pid_t process)
{
    size_t last = 0;
    while (last + 1 < STRANGERS_MOST && strangers[last + 1])
        last++;
    for (size_t i = 0; i <= last; i++)
        if (strangers[i] == process) {
            strangers[i] = strangers[last];
            strangers[last] = 0;
            return;
        }
}

static bool is_known(pid_t process)
{
    const struct function *each;
    for (size_t i = 0; i < STRANGERS_MOST && strangers[i]; i++)
        if (strangers[i] == process)
            return true;
    LIST_FOREACH(each, &running, listed)
        if (each->process == process)
            return true;
    return false;
}

static void end_orphan(pid_t process)
{
    if (!is_known(process))
        kill(process, SIGKILL);
}

void function_end_orphans(void)
{
    each_child(end_orphan);
}

void function_reap(void)
{
    struct function *each;
    int status;
    for (pid_t process; (process = waitpid(-1, &status, WNOHANG)) > 0;) {
        forget_stranger(process);
        LIST_FOREACH(each, &running, listed)
            if (process == each->process) {
                note_end(each, status);
                break;
            }
    }
}
