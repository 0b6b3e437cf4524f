/* The number of the process. Libraries see by it that they are in another process than before, and make keys and random
 * numbers anew: while a snapshot is captured it is one that no process has. Else two runs that happen to have the number of
 * the captured process would draw the same keys. */
#include "portable/program/capture.h"
#include "vfs/files.h"

#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

ANSWER(pid_t, getpid)(void)
{
    return CAPTURING ? INT_MAX : (pid_t)syscall(SYS_getpid);
}
