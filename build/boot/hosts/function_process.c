/* The process of a function that is started before there is a request for it: how it begins, how it is given the request,
 * and what is left of it at the end. */
#include "hosts/function_process.h"

#include "hosts/serve/sidecar_log.h"
#include "hosts/worker.h"
#include "shared/clock.h"
#include "shared/nameless_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESULT_MOST (128LL << 20) /* bytes of a result: what the most generous of the callers takes */

/* What a result is written into: no more than a result may have, so that nobody can fill the memory with it. */
static int result_file(void)
{
    int fd = nameless_file(NULL);
    if (fd >= 0 && ftruncate(fd, RESULT_MOST) == 0)
        fcntl(fd, F_ADD_SEALS, F_SEAL_GROW);
    return fd;
}

bool function_process_start(struct worker *worker, enum host host, const char *handler, int argc, char **argv)
{
    int ends[2];
    struct run *run = &worker->run;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    *run = (struct run){.input = ends[1], .output = result_file(), .handler = handler,
                        .writer = {.write = worker_log, .out = worker->room}};
    worker->channel = ends[0];
    worker->client = NULL;
    worker->id[0] = worker->handler[0] = worker->trace[0] = worker->labels[0] = 0;
    sidecar_log_reset(&worker->sidecar_log);
    bool started = run->output >= 0 && run_start(run, host, 0, argc, argv);
    int reason = errno;
    close(ends[1]);
    if (started && madvise(run->report, sizeof *run->report, MADV_DONTFORK) == 0 && run_watch(run))
        return true;
    run_abort(run);
    close(worker->channel);
    if (run->output >= 0)
        close(run->output);
    if (run->report)
        munmap(run->report, sizeof *run->report);
    errno = reason;
    return false;
}

static bool send_request(const struct worker *worker, int body)
{
    char byte = 1, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (body >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof body);
        memcpy(CMSG_DATA(header), &body, sizeof body);
    }
    return sendmsg(worker->channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

/* What the request is lies in the report already; its time begins now. */
bool function_process_begin(struct worker *worker, int body, double timeout)
{
    struct run *run = &worker->run;
    run->report->timeout = run->timeout = timeout;
    run->report->started = monotonic_now();
    if (!send_request(worker, body))
        return false;
    close(worker->channel);
    worker->channel = -1;
    if (timeout > 0) {
        run->deadline = run->report->started + timeout;
        loop_set(&run->timer, run->deadline);
    }
    return true;
}

void function_process_dispose(struct worker *worker)
{
    struct run *run = &worker->run;
    if (run->log.fd >= 0)
        run_drain(run);
    if (worker->channel >= 0)
        close(worker->channel);
    worker->channel = -1;
    munmap(run->report, sizeof *run->report);
    if (run->output >= 0)
        close(run->output);
}

bool function_process_result(int file, uint64_t length)
{
    struct stat status;
    fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK);
    return fstat(file, &status) == 0 && (uint64_t)status.st_size >= length;
}
