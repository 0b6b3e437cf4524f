/* The report: memory that supervisor and function share. The supervisor writes what is asked for, the function its outcome.
 * The function never publishes: it stages its output, or writes its error here, and sets the state last. So a function
 * that dies halfway has reported nothing, and one that dies later has reported everything. */
#include "shared/report.h"

#include "shared/exit_reason.h"
#include "shared/nameless_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct report *report;
bool report_in_file;
static size_t error_room = REPORT_ERROR_MAX;
void (*part_instead)(void);
void (*exit_instead)(void);

/* Makes a file that nobody can shorten: an access beyond its end would kill the supervisor. */
static int new_file(void)
{
    struct rlimit most;
    size_t length = sizeof *report, head = offsetof(struct report, error);
    if (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < length)
        length = most.rlim_cur < head ? head : most.rlim_cur;
    error_room = length < sizeof *report ? length - head : REPORT_ERROR_MAX;
    int file = nameless_file(NULL);
    if (file >= 0 && ftruncate(file, (off_t)length) == 0) {
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK); /* fails for a file in a folder */
        return file;
    }
    if (file >= 0)
        close(file);
    return -1;
}

struct report *report_make(enum host host)
{
    int file = report_in_file ? new_file() : -1, how = MAP_SHARED | MAP_NORESERVE | (file < 0 ? MAP_ANONYMOUS : 0);
    if (report_in_file && file < 0)
        return NULL;
    struct report *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, how, file, 0);
    if (made == MAP_FAILED)
        return NULL;
    made->host = host;
    made->file = file;
    return made;
}

bool report_error(const char *json, size_t length, const char *brief, size_t brief_length)
{
    if (length > REPORT_ERROR_MAX || brief_length > REPORT_BRIEF_MAX)
        return false;
    memcpy(report->error, json, length);
    memcpy(report->brief, brief, brief_length);
    report->length = (uint32_t)length;
    report->brief_length = (uint32_t)brief_length;
    __atomic_store_n(&report->state, REPORT_ERROR, __ATOMIC_RELEASE);
    return true;
}

void report_output(uint64_t length)
{
    report->output_length = length;
    __atomic_store_n(&report->state, REPORT_OUTPUT, __ATOMIC_RELEASE);
}

void report_short_output(const char *bytes, size_t length)
{
    memcpy(report->request, bytes, length);
    report->is_short = true;
    report_output(length);
}

/* Nothing is reported if the lengths make no sense: C code of a handler may have written anywhere. */
struct outcome report_outcome(const struct report *of)
{
    struct outcome found = {
        .state = __atomic_load_n(&of->state, __ATOMIC_ACQUIRE),
        .output_length = __atomic_load_n(&of->output_length, __ATOMIC_RELAXED),
        .length = __atomic_load_n(&of->length, __ATOMIC_RELAXED),
        .brief_length = __atomic_load_n(&of->brief_length, __ATOMIC_RELAXED),
        .is_short = __atomic_load_n(&of->is_short, __ATOMIC_RELAXED),
    };
    bool is_sound = found.state == REPORT_OUTPUT ? !found.is_short || found.output_length <= SHORT_RESULT_MAX
                                                 : found.length <= error_room && found.brief_length <= REPORT_BRIEF_MAX;
    if (!is_sound || (found.state != REPORT_OUTPUT && found.state != REPORT_ERROR))
        found.state = REPORT_NOTHING;
    return found;
}

enum report_state report_state(const struct report *of)
{
    return report_outcome(of).state;
}

void report_prepared(struct report *of)
{
    __atomic_store_n(&of->prepared, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &of->prepared, FUTEX_WAKE, 1);
}

bool report_has_requests(void)
{
    return report->host == HOST_HTTP || report->host == HOST_LAMBDA;
}

void report_await_prepared(void)
{
    if (report_has_requests())
        return; /* there is no exchange to wait for; it waits for its request later */
    while (!__atomic_load_n(&report->prepared, __ATOMIC_ACQUIRE))
        syscall(SYS_futex, &report->prepared, FUTEX_WAIT, 0, NULL);
}

void report_await_request(void)
{
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length;
    if (report->host == HOST_LAMBDA && send(report->input, "", 1, MSG_NOSIGNAL) != 1)
        _exit(EXIT_SUCCESS); /* the supervisor has gone */
    do
        length = recvmsg(report->input, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length <= 0)
        _exit(EXIT_SUCCESS);
    close(report->input);
    report->input = -1;
    if (message.msg_flags & MSG_CTRUNC)
        cannot_start("too few files may be open for the body of a request: allow more (ulimit -n)");
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS) {
        int body, kept;
        memcpy(&body, CMSG_DATA(header), sizeof body);
        kept = fcntl(body, F_DUPFD_CLOEXEC, report->output + 1); /* a high number, like that of the output */
        report->input = kept < 0 ? body : kept;
        if (kept >= 0)
            close(body);
    }
}

bool report_pretend_request(const char *handler, const char *head, size_t length, const char *body, size_t body_length)
{
    int ends[2];
    report_forget_request();
    if (length + body_length > REQUEST_MAX || strlen(handler) >= HANDLER_MAX || !(report = report_make(HOST_HTTP)) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    strcpy(report->handler, handler);
    memcpy(report->request, head, length);
    memcpy(report->request + length, body, body_length);
    report->request_length = (uint32_t)length;
    report->body_length = (uint32_t)body_length;
    report->input = ends[1];
    report->output = -1;
    bool sent = send(ends[0], "", 1, MSG_NOSIGNAL) == 1;
    close(ends[0]);
    return sent;
}

void report_forget_request(void)
{
    if (report)
        munmap(report, sizeof *report);
    report = NULL;
}

void cannot_start(const char *reason)
{
    struct exit_reason error = exit_reason_error("fn.boot", reason);
    fprintf(stderr, "fn: %s\n", reason);
    if (report)
        report_error(error.json, error.length, error.json, error.length);
    _exit(EXIT_FAILURE);
}
