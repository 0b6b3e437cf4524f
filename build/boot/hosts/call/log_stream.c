/* The log as a stream that somebody reads at his own pace (stderr). Nothing is lost while he reads: when he does not, the
 * function waits with its next line; the clock and the signals do not. A process has one at the most. */
#include "hosts/call/log_stream.h"

#include "supervisor/run.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    struct watched out; /* watched while something waits to be written */
    struct run *run;
    bool waits;
    bool (*wait)(int fd); /* the function is over */
} stream;

/* Bytes that never make a write wait once poll(2) has said that there is room. */
static size_t at_once(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? 1 << 20 : 4096;
}

static bool has_room(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1;
}

/* As much as there is room for; without somebody who reads, all of it is gone. */
static size_t write_some(int fd, const char *bytes, size_t length)
{
    size_t done = 0, most = at_once(fd);
    while (done < length && has_room(fd)) {
        ssize_t written = write(fd, bytes + done, length - done < most ? length - done : most);
        if (written < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (written <= 0)
            return length;
        done += (size_t)written;
    }
    return done;
}

static size_t write_lines(struct log_writer *writer, const char *lines, size_t length)
{
    (void)writer;
    if (stream.wait) {
        write_patiently(stream.out.fd, lines, length, stream.wait);
        return length;
    }
    size_t done = write_some(stream.out.fd, lines, length);
    if (done < length && !stream.waits)
        stream.waits = loop_watch(&stream.out, EPOLLOUT);
    return done;
}

static void go_on(struct watched *out, uint32_t events)
{
    (void)events;
    stream.waits = false;
    loop_unwatch(out);
    log_writer_flush(&stream.run->writer);
    run_resume(stream.run);
}

void log_stream_open(struct run *run, int fd)
{
    stream.out = (struct watched){.ready = go_on, .fd = fd};
    stream.run = run;
    run->writer.write = write_lines;
    run->writer.out = log_writer_room;
}

void log_stream_finish(bool (*wait)(int fd))
{
    if (stream.waits)
        loop_unwatch(&stream.out);
    stream.waits = false;
    stream.wait = wait;
}

bool write_patiently(int fd, const char *bytes, size_t length, bool (*wait)(int fd))
{
    size_t most = at_once(fd);
    while (length) {
        if (!has_room(fd) && !wait(fd)) {
            errno = ECANCELED;
            return false;
        }
        if (!has_room(fd))
            continue;
        ssize_t written = write(fd, bytes, length < most ? length : most);
        if (written < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}
