/* A function in C in the interpreter's place, so that the supervisor can be tested alone, under sanitizers and valgrind.
 * The first argument says what it does; in a call, the name of the handler. */
#include "shared/launch.h"
#include "shared/report.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void stage_output(const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/.outcome.fn", getenv("FN_DATA_DIR"));
    int fd = report->host == HOST_ISOLATED ? open(path, O_WRONLY) : report->output;
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        _exit(99);
    close(fd);
    report_output(strlen(text));
}

static void flood(void)
{
    for (int line = 0; line < 20000; line++)
        printf("line %d of a flood\n", line);
    fflush(stdout);
}

static void copy_file(const char *path)
{
    char bytes[777]; /* an odd size, so that reads end anywhere */
    int fd = report->host == HOST_ISOLATED ? open(path, O_RDONLY) : report->input;
    for (ssize_t length; (length = read(fd, bytes, sizeof bytes)) > 0;)
        if (write(STDOUT_FILENO, bytes, (size_t)length) != length)
            _exit(98);
    close(fd);
}

static void leave_orphan(void)
{
    if (fork() == 0) {
        setsid();
        prctl(PR_SET_PDEATHSIG, 0);
        for (int i = 0; i < 600; i++)
            usleep(100 * 1000);
        _exit(0);
    }
}

/* Reports and closes the log, as a run does that is about to leave, from outside of its group; but it stays. */
static void stay_behind(void)
{
    setpgid(0, getpgid(getppid()));
    stage_output("4");
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    for (;;)
        pause();
}

/* As C code of a handler may that writes where it should not. */
static void overwrite_report(void)
{
    report->length = report->brief_length = UINT32_MAX;
    __atomic_store_n(&report->state, REPORT_ERROR, __ATOMIC_RELEASE);
}

void interpreter_run(int argc, char **argv)
{
    char words[2][HANDLER_MAX] = {"", ""};
    report_await_prepared();
    for (int i = 0; i < 2 && i + 1 < argc; i++)
        snprintf(words[i], sizeof words[i], "%s", argv[i + 1]);
    if (report->host != HOST_ISOLATED)
        sscanf(report->handler, "%255s %255s", words[0], words[1]);
    const char *what = words[0];
    if (!strcmp(what, "output")) {
        stage_output("{\"a\":1}");
    } else if (!strcmp(what, "error")) {
        static const char json[] = "{\"code\":\"c.d\",\"message\":\"m\"}";
        report_error(json, sizeof json - 1, json, sizeof json - 1);
    } else if (!strcmp(what, "copy")) {
        copy_file(words[1]);
        stage_output("1");
    } else if (!strcmp(what, "flood")) {
        flood();
        stage_output("2");
    } else if (!strcmp(what, "orphan")) {
        leave_orphan();
        stage_output("3");
    } else if (!strcmp(what, "stay")) {
        stay_behind();
    } else if (!strcmp(what, "overwrite")) {
        overwrite_report();
    } else if (!strcmp(what, "hang")) {
        signal(SIGTERM, SIG_IGN);
        for (;;)
            pause();
    } else if (!strcmp(what, "wait")) {
        for (;;)
            pause();
    } else if (!strcmp(what, "signal")) {
        raise(atoi(words[1]));
    } else if (!strcmp(what, "lie")) {
        report_output(1); /* nothing is staged */
    } else if (!strcmp(what, "status")) {
        _exit(atoi(words[1]));
    }
    _exit(0);
}
