/* A function in C in the interpreter's place, so that the supervisor can be tested alone, under sanitizers and valgrind.
 * The first argument says what it does; in a call, the name of the handler. */
#include "shared/launch.h"
#include "shared/report.h"
#include "supervisor/template.h"

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
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || ftruncate(fd, (off_t)strlen(text)) != 0)
        _exit(99);
    close(fd);
    report_output(strlen(text));
}

static void flood(int lines)
{
    for (int line = 0; line < lines; line++)
        printf("line %d of a flood\n", line);
    fflush(stdout);
}

static void copy_file(const char *path)
{
    char bytes[777]; /* an odd size, so that reads end anywhere */
    int fd = report->host == HOST_ISOLATED ? open(path, O_RDONLY) : report->input;
    if (report->body_length && write(STDOUT_FILENO, report->request + report->request_length, report->body_length) < 0)
        _exit(98);
    for (ssize_t length; (length = read(fd, bytes, sizeof bytes)) > 0;)
        if (write(STDOUT_FILENO, bytes, (size_t)length) != length)
            _exit(98);
    close(fd);
}

/* The input as the result. */
static void echo(void)
{
    char bytes[64 * 1024];
    uint64_t done = report->body_length;
    if (done && write(report->output, report->request + report->request_length, done) != (ssize_t)done)
        _exit(97);
    for (ssize_t length; report->input >= 0 && (length = read(report->input, bytes, sizeof bytes)) > 0; done += (uint64_t)length)
        if (write(report->output, bytes, (size_t)length) != length)
            _exit(97);
    report_output(done);
}

/* A result with headers of its own: those of an event, or what no function may send. */
static void give_head(const char *which)
{
    static const char *const heads[] = {
        "content-type: text/plain\r\nce-id: a\r\n", "ce-id: a\r\n\r\nHTTP/1.1 200 OK\r\n", "x: a\r\n", "ce-id: a", "ce-id: a\n",
        "ce-id\r\n: a\r\n", "ce-: a\r\ncontent-length: 1\r\n", "ce-i d: a\r\n", "ce-id: \xff\r\n", "content-type:\r\n",
    };
    size_t number = (size_t)atoi(which);
    if (number < sizeof heads / sizeof *heads) {
        strcpy(report->head, heads[number]);
        report->head_length = (uint32_t)strlen(heads[number]);
    } else {
        memset(report->head, 'a', sizeof report->head);
        report->head_length = number == 99 ? UINT32_MAX : sizeof report->head;
    }
    stage_output("7");
}

/* As much as there is room for. */
static void fill_result(void)
{
    static const char bytes[1 << 20];
    uint64_t done = 0;
    for (ssize_t length; (length = write(report->output, bytes, sizeof bytes)) > 0;)
        done += (uint64_t)length;
    report_output(done);
}

static void wait_for(const char *path)
{
    while (access(path, F_OK) != 0)
        usleep(2000);
    stage_output("5");
}

/* The target and the headers as they were handed over, each in a line. */
static void give_request(void)
{
    char text[REQUEST_MAX + 1];
    size_t length = report->request_length;
    for (size_t i = 0; i < length; i++)
        text[i] = report->request[i] ? report->request[i] : '\n';
    text[length] = 0;
    stage_output(text);
}

/* Whether there is a word, given backwards, in any memory that can be read. */
static void search(const char *backwards)
{
    char word[HANDLER_MAX] = "", line[512];
    size_t length = strlen(backwards), from, to;
    int memory = open("/proc/self/mem", O_RDONLY);
    FILE *maps = fopen("/proc/self/maps", "r");
    static char bytes[1 << 20];
    const char *found = "\"no\"";
    for (size_t i = 0; i < length; i++)
        word[i] = backwards[length - 1 - i];
    while (fgets(line, sizeof line, maps)) {
        char rights[8] = "";
        if (sscanf(line, "%zx-%zx %7s", &from, &to, rights) != 3 || rights[0] != 'r' || to - from > (1UL << 32))
            continue;
        for (size_t at = from; at < to; at += sizeof bytes / 2) {
            ssize_t got = pread(memory, bytes, to - at < sizeof bytes ? to - at : sizeof bytes, (off_t)at);
            const char *hit = got > 0 ? memmem(bytes, (size_t)got, word, length) : NULL;
            size_t place = hit ? at + (size_t)(hit - bytes) : 0;
            bool own = (place >= (size_t)bytes && place < (size_t)(bytes + sizeof bytes)) ||
                       (place >= (size_t)line && place < (size_t)(line + sizeof line)) ||
                       (place >= (size_t)word && place < (size_t)(word + sizeof word));
            if (hit && !own)
                found = "\"yes\"";
        }
    }
    stage_output(found);
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
    if (report_has_requests())
        report_await_request();
    else
        report_await_prepared();
    for (int i = 0; i < 2 && i + 1 < argc && report->host == HOST_ISOLATED; i++)
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
        flood(*words[1] ? atoi(words[1]) : 20000);
        stage_output("2");
    } else if (!strcmp(what, "say")) {
        printf("%s\n", words[1]);
        fflush(stdout);
        stage_output("6");
    } else if (!strcmp(what, "say-and-hang")) {
        printf("%s\n", words[1]);
        fflush(stdout);
        for (;;)
            pause();
    } else if (!strcmp(what, "request")) {
        give_request();
    } else if (!strcmp(what, "head")) {
        give_head(words[1]);
    } else if (!strcmp(what, "orphan")) {
        leave_orphan();
        stage_output("3");
    } else if (!strcmp(what, "echo")) {
        echo();
    } else if (!strcmp(what, "fill")) {
        fill_result();
    } else if (!strcmp(what, "until")) {
        wait_for(words[1]);
    } else if (!strcmp(what, "search")) {
        search(words[1]);
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
    } else if (!strcmp(what, "begin")) {
        printf("it has begun\n");
        fflush(stdout);
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

bool interpreter_can_be_template(void)
{
    return !getenv("FN_COLD");
}

void interpreter_run_as_template(int argc, char **argv)
{
    template_pause();
    interpreter_run(argc, argv);
}

void interpreter_populate(void)
{
}
