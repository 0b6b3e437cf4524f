/* The supervisor's signals: held back from the first instruction on (supervisor/start.S), and read from a descriptor.
 * There is no handler, and so no moment at which one comes at the wrong time. */
#include "supervisor/signals.h"

#include "supervisor/child.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void (*taker)(int number);
static sigset_t ignored; /* requests to end that whoever started this has it ignore: `nohup`, or the `&` of a shell */

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

static void note_ignored(void)
{
    static const int requests[] = {SIGHUP, SIGINT, SIGQUIT};
    struct sigaction before;
    sigemptyset(&ignored);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        if (sigaction(requests[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN)
            sigaddset(&ignored, requests[i]);
}

void signals_hold(void)
{
    sigset_t held = held_signals();
    note_ignored();
    sigprocmask(SIG_SETMASK, &held, NULL);
    signal(SIGCHLD, SIG_DFL); /* a parent that ignores it would have children vanish unseen */
}

void signals_release(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool signal_asks_to_end(int number)
{
    return number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT;
}

static void take(struct watched *signals, uint32_t events)
{
    struct signalfd_siginfo info;
    (void)events;
    while (read(signals->fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            function_reap();
        else
            taker((int)info.ssi_signo);
    }
}

static struct watched signals = {.ready = take};

void signals_take(void)
{
    take(&signals, 0);
}

struct watched *signals_open(void (*to)(int number))
{
    sigset_t to_read = held_signals();
    static const int ours[] = {SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU}; /* about the supervisor's own terminal and tee */
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        sigdelset(&to_read, ours[i]);
    for (int number = 1; number <= SIGQUIT; number++)
        if (sigismember(&ignored, number))
            sigdelset(&to_read, number); /* it stays held */
    taker = to;
    signals.fd = signalfd(-1, &to_read, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals.fd < 0 ? NULL : &signals;
}
