/* What waits to be written to stdout, in a bounded room: nothing waits for whoever reads it. */
#include "hosts/log_output.h"

#include "shared/clock.h"
#include "supervisor/loop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM = 512 * 1024, AT_ONCE = 4096 };

static struct {
    struct watched out; /* watched while something waits */
    char *bytes;        /* ROOM; functions do not get it */
    size_t used;
    bool waits, is_file;
} log_out;

static void write_some(void)
{
    struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
    size_t done = 0, most = log_out.is_file ? ROOM : AT_ONCE;
    while (done < log_out.used && poll(&ready, 1, 0) == 1) {
        size_t length = log_out.used - done;
        ssize_t written = write(STDOUT_FILENO, log_out.bytes + done, length < most ? length : most);
        if (written < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        done = written <= 0 ? log_out.used : done + (size_t)written; /* nobody reads any more */
    }
    memmove(log_out.bytes, log_out.bytes + done, log_out.used - done);
    log_out.used -= done;
}

void log_output_flush(void)
{
    write_some();
    if (log_out.used && !log_out.waits)
        log_out.waits = loop_watch(&log_out.out, EPOLLOUT);
}

static void go_on(struct watched *out, uint32_t events)
{
    (void)events;
    write_some();
    if (!log_out.used) {
        loop_unwatch(out);
        log_out.waits = false;
    }
}

void log_output_open(void)
{
    struct stat status;
    log_out.out = (struct watched){.ready = go_on, .fd = STDOUT_FILENO};
    log_out.is_file = fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode);
    log_out.bytes = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (log_out.bytes != MAP_FAILED)
        madvise(log_out.bytes, ROOM, MADV_DONTFORK);
}

void log_output_finish(void)
{
    struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
    for (double end = monotonic_now() + 1; log_out.used && monotonic_now() < end;) {
        poll(&ready, 1, 100);
        write_some();
    }
}

bool log_output_has_room(size_t length)
{
    return log_out.bytes != MAP_FAILED && ROOM - log_out.used >= length;
}

void log_output_put(const char *bytes, size_t length)
{
    memcpy(log_out.bytes + log_out.used, bytes, length);
    log_out.used += length;
}
