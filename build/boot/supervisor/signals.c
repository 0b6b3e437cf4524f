/* The supervisor's signals: held back from the first instruction on (supervisor/start.S), and read from a descriptor.
 * There is no handler, and so no moment at which one comes at the wrong time. */
#include "supervisor/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Faults of the supervisor itself stay lethal; all else is held and read from a descriptor. */
static sigset_t held_signals(void)
{
    static const int faults[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
    sigset_t held;
    sigfillset(&held);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&held, faults[i]);
    return held;
}

void signals_hold(void)
{
    sigset_t held = held_signals();
    sigprocmask(SIG_SETMASK, &held, NULL);
    signal(SIGCHLD, SIG_DFL); /* a parent that ignores it would have children vanish unseen */
}

void signals_release(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int signals_open(void)
{
    sigset_t to_read = held_signals();
    static const int ours[] = {SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU}; /* about the supervisor's own terminal and tee */
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        sigdelset(&to_read, ours[i]);
    return signalfd(-1, &to_read, SFD_CLOEXEC | SFD_NONBLOCK);
}

int signals_next(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}
