/* What the host has around it, played: the clock, its memory, the listener, the processes of functions. */
#include "fuzz.h"

#include "hosts/function_process.h"
#include "hosts/serve/sidecar_log.h"
#include "hosts/worker.h"
#include "shared/clock.h"
#include "shared/nameless_file.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the clock, the listener, the processes of functions ---- */

double stage_ahead;
double __real_monotonic_now(void);
double __wrap_monotonic_now(void);
bool __wrap_listener_is_open(void);
bool __wrap_function_process_start(struct worker *worker, enum host host, const char *handler, int argc, char **argv);

double __wrap_monotonic_now(void)
{
    return __real_monotonic_now() + stage_ahead;
}

bool __wrap_listener_is_open(void)
{
    return true;
}

bool __wrap_function_process_start(struct worker *worker, enum host host, const char *handler, int argc, char **argv)
{
    int ends[2];
    (void)host, (void)argc, (void)argv;
    require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0, "no socket");
    worker->run = (struct run){.input = ends[1], .output = nameless_file(NULL), .handler = handler, .log.fd = -1,
                               .deadline = HUGE_VAL, .kill_at = HUGE_VAL, .writer = {.write = worker_log, .out = worker->room}};
    worker->run.report = mmap(NULL, sizeof(struct report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(worker->run.output >= 0 && worker->run.report != MAP_FAILED, "no memory");
    worker->channel = ends[0];
    worker->client = NULL;
    worker->id[0] = worker->handler[0] = worker->trace[0] = worker->labels[0] = 0;
    sidecar_log_reset(&worker->sidecar_log);
    return true;
}

static int receive_body(int channel)
{
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int body = -1;
    require(recvmsg(channel, &message, MSG_CMSG_CLOEXEC) == 1, "a process was begun without its request");
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header)
        memcpy(&body, CMSG_DATA(header), sizeof body);
    return body;
}

void stage_leave(struct worker *worker)
{
    worker->run.function.ended = true;
    if (worker->run.input >= 0)
        close(worker->run.input);
    worker->run.input = -1;
}

bool stage_end_run(struct worker *worker, const struct input *input)
{
    static const char error[] = "{\"code\":\"a.b\",\"message\":\"50% \\u00e4 \\\" done\"}";
    struct run *run = &worker->run;
    int body = receive_body(run->input), status = 0;
    unsigned what = input->bytes[0];
    struct stat given = {.st_size = 0};
    if (body >= 0) {
        require(fstat(body, &given) == 0 && lseek(body, 0, SEEK_CUR) == 0, "a body that does not begin at its beginning");
        close(body);
    }
    stage_leave(worker); /* its end of the channel goes with the process */
    report = run->report;
    if (report->body_length) {
        require(body < 0 && report->request_length + report->body_length <= REQUEST_MAX, "a short body with a file, or without room");
        given.st_size = report->body_length;
    }
    if (what % 4 == 0 || what % 4 == 1) { /* with headers that may be anything */
        size_t length = what % 4 ? input->length - CONTROL : 0;
        report->head_length = (uint32_t)length;
        memcpy(report->head, input->bytes + CONTROL, length < ANSWER_HEAD_MAX ? length : ANSWER_HEAD_MAX);
        report->is_json = what & 4;
        require(ftruncate(run->output, what & 8 ? given.st_size : 1) == 0, "no memory");
        report->is_short = what & 32;
        report_output((uint64_t)(what & 8 ? given.st_size : 1) + (what & 16 ? 1 : 0));
    } else if (what % 4 == 2) {
        report_error(error, sizeof error - 1, error, sizeof error - 1);
    } else {
        status = SIGKILL;
    }
    report = NULL;
    run->function.status = status;
    return worker->client;
}

/* ---- memory: it ends where nothing may be read or written ---- */

enum { PAGE = 4096 };
void *__real_mmap(void *place, size_t length, int rights, int flags, int fd, off_t offset);
void *__wrap_mmap(void *place, size_t length, int rights, int flags, int fd, off_t offset);
int __real_munmap(void *memory, size_t length);
int __wrap_munmap(void *memory, size_t length);
int __wrap_madvise(void *memory, size_t length, int advice);

void *__wrap_mmap(void *place, size_t length, int rights, int flags, int fd, off_t offset)
{
    size_t rounded = (length + PAGE - 1) / PAGE * PAGE;
    if (!(flags & MAP_ANONYMOUS) || place)
        return __real_mmap(place, length, rights, flags, fd, offset);
    char *memory = __real_mmap(NULL, rounded + PAGE, rights, flags, -1, 0);
    require(memory != MAP_FAILED && mprotect(memory + rounded, PAGE, PROT_NONE) == 0, "no memory");
    return memory + (rounded - length) / 16 * 16;
}

int __wrap_munmap(void *memory, size_t length)
{
    size_t rounded = (length + PAGE - 1) / PAGE * PAGE;
    return __real_munmap((char *)memory - (rounded - length) / 16 * 16, rounded + PAGE);
}

int __wrap_madvise(void *memory, size_t length, int advice)
{
    (void)memory, (void)length, (void)advice; /* it is about pages, and about forks */
    return 0;
}
