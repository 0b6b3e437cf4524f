/* The process of the function, as its parent sees it: how it begins, what it is sent, how it ends. */
#include "supervisor/child.h"

#include "shared/launch.h"
#include "supervisor/descendant.h"
#include "supervisor/signals.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct function function;

/* Nothing of the supervisor's, nor of whoever started it. Before Linux 5.9 one by one; more are hardly ever open. */
static void close_all_but_streams(void)
{
    if (close_range(3, ~0U, 0) < 0)
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
}

__attribute__((noreturn)) static void become_function(pid_t supervisor, const char *data_dir, int log_write, int argc,
                                                      char **argv)
{
    int empty[2];
    setpgid(0, 0);                     /* so that what it leaves behind can be ended with it */
    prctl(PR_SET_PDEATHSIG, SIGKILL);  /* no run goes on without its supervisor */
    pid_t parent = getppid();
    if (parent != supervisor && parent != 0) /* it has died before that; 0: it is in another namespace of processes */
        _exit(EXIT_FAILURE);
    if (pipe2(empty, O_CLOEXEC) == 0)
        dup2(empty[0], STDIN_FILENO);
    dup2(log_write, STDOUT_FILENO);
    dup2(log_write, STDERR_FILENO);
    close_all_but_streams();
    for (int number = 1; number <= SIGSYS; number++) /* a parent may have left signals ignored */
        signal(number, SIG_DFL);
    descendant_mark(data_dir, __builtin_alloca(descendant_room()));
    signals_release();
    interpreter_run(argc, argv);
}

bool function_start(const char *data_dir, int log_write, int argc, char **argv)
{
    pid_t supervisor = getpid(), process = fork();
    if (process == 0)
        become_function(supervisor, data_dir, log_write, argc, argv);
    function = (struct function){.process = process > 0 ? process : 0, .ended = process < 0};
    if (process > 0)
        setpgid(process, process); /* here as well: whoever comes first */
    return process > 0;
}

void function_send(int number)
{
    if (function.process && !function.ended)
        kill(function.process, number);
}

void function_kill(void)
{
    if (function.process)
        kill(-function.process, SIGKILL); /* the group may outlive it */
    function_send(SIGKILL);               /* it may have left the group */
}

void function_reap(void)
{
    int status;
    for (pid_t process; (process = waitpid(-1, &status, WNOHANG)) > 0;)
        if (process == function.process) {
            function.ended = true;
            function.status = status;
        }
}

void function_await_end(void)
{
    if (function.process && !function.ended)
        waitpid(function.process, &function.status, 0);
    function.ended = true;
}
