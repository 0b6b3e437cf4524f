/* Runs a program one instruction at a time and prints the addresses that it, or a process that it starts, has executed
 * (ptrace). For build/link/section_order; not a part of the file. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST = 0x400000, LENGTH = 0x4000000 };

static unsigned char executed[2][LENGTH]; /* of the supervisor, of the function */

static void follow(pid_t supervisor)
{
    int status;
    for (pid_t process; (process = waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status)) {
            if (process == supervisor)
                return;
            continue;
        }
        struct user_regs_struct registers;
        if (ptrace(PTRACE_GETREGS, process, 0, &registers) == 0 && registers.rip - FIRST < LENGTH)
            executed[process != supervisor][registers.rip - FIRST] = 1;
        int number = WSTOPSIG(status); /* SIGTRAP: a step or a fork; SIGSTOP: a new process; others are the program's */
        ptrace(PTRACE_SINGLESTEP, process, 0, number == SIGTRAP || number == SIGSTOP ? 0 : number);
    }
}

int main(int argc, char **argv)
{
    int status;
    if (argc < 2)
        return EXIT_FAILURE;
    pid_t supervisor = fork();
    if (supervisor == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execv(argv[1], argv + 1);
        _exit(EXIT_FAILURE);
    }
    if (supervisor < 0 || waitpid(supervisor, &status, 0) < 0 || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, supervisor, 0, PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL) < 0 ||
        ptrace(PTRACE_SINGLESTEP, supervisor, 0, 0) < 0) {
        perror("ptrace");
        return EXIT_FAILURE;
    }
    follow(supervisor);
    for (int who = 0; who < 2; who++)
        for (unsigned long at = 0; at < LENGTH; at++)
            if (executed[who][at])
                printf("%d %lx\n", who, at + FIRST);
    return EXIT_SUCCESS;
}
