/* How a function ended that reported nothing itself: the error that a workflow then sees, in words. */
#include "shared/exit_reason.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *signal_name(int number)
{
    static char unnamed[16];
    const char *name = sigabbrev_np(number);
    if (name)
        snprintf(unnamed, sizeof unnamed, "SIG%s", name);
    else
        snprintf(unnamed, sizeof unnamed, "signal %d", number);
    return unnamed;
}

struct exit_reason exit_reason_error(const char *code, const char *message)
{
    struct exit_reason reason;
    char safe[512];
    size_t used = 0;
    for (const char *c = message; *c && used < sizeof safe - 3; c++) {
        if (*c == '"' || *c == '\\')
            safe[used++] = '\\';
        safe[used++] = (unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f ? '?' : *c;
    }
    safe[used] = 0;
    reason.length = (size_t)snprintf(reason.json, sizeof reason.json, "{\"code\":\"%s\",\"message\":\"%s\"}", code, safe);
    return reason;
}

/* Whether the kernel killed a process of this container for memory; a container has its own control group as root. */
static bool out_of_memory(void)
{
    static const char *const files[] = {"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char text[512];
        int fd = open(files[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        ssize_t length = read(fd, text, sizeof text - 1);
        close(fd);
        text[length > 0 ? length : 0] = 0;
        const char *count = strstr(text, "oom_kill ");
        if (count && atoi(count + strlen("oom_kill ")) > 0)
            return true;
    }
    return false;
}

struct exit_reason exit_reason_of(const struct circumstances *c)
{
    char message[256];
    if (c->timed_out) {
        snprintf(message, sizeof message, "the handler did not end within its %g s", c->timeout);
        return exit_reason_error("fn.timeout", message);
    }
    if (c->termination) {
        snprintf(message, sizeof message, "the run was asked to end (%s) before the handler had finished",
                 signal_name(c->termination));
        return exit_reason_error("fn.terminated", message);
    }
    if (WIFSIGNALED(c->status)) {
        int number = WTERMSIG(c->status);
        if (number == SIGKILL && out_of_memory())
            return exit_reason_error("fn.memory", "the handler was killed because the container ran out of memory: "
                                              "give it a larger size or let it use less");
        snprintf(message, sizeof message, "the handler was killed by %s (%s)%s", signal_name(number), sigdescr_np(number) ?: "?",
                 number == SIGKILL ? ": most often the container ran out of memory" : "");
        return exit_reason_error("fn.killed", message);
    }
    if (c->loading && *c->loading) {
        snprintf(message, sizeof message, "%.128s, which the file carries, could not be loaded (the log says why): give the "
                                          "run more memory, address space or room", c->loading);
        return exit_reason_error("fn.boot", message);
    }
    snprintf(message, sizeof message, "the handler left the process with status %d before it had a result",
             WEXITSTATUS(c->status));
    return exit_reason_error("fn.exit", message);
}
