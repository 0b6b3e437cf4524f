/* The numbers of process and thread. Libraries see by it that they are in another process than before, and make keys and random
 * numbers anew: while a snapshot is captured it is one that no process has. Else two runs that happen to have the number of
 * the captured process would draw the same keys. */
#include "portable/program/capture.h"
#include "vfs/files.h"

#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

const pid_t thread_number_while_capturing = INT_MAX;

ANSWER(pid_t, getpid)(void)
{
    return CAPTURING ? INT_MAX : (pid_t)syscall(SYS_getpid);
}

/* Rust's locks that a thread may take twice keep it, and objects of Python's threads. */
ANSWER(pid_t, gettid)(void)
{
    return CAPTURING ? thread_number_while_capturing : (pid_t)syscall(SYS_gettid);
}
