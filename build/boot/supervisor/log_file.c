/* The log as a file that a reader follows. One write carries whole lines only; a full disk loses lines, never parts of
 * them. A process has one at the most. */
#include "supervisor/log_file.h"

#include "shared/clock.h"
#include "supervisor/log_writer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

static struct {
    int log_fd, tee_fd;
    size_t lost;               /* lines that the disk had no room for */
    double written_at, rested; /* of the last write; seconds spent in rest() */
} file;

static void tee(const char *bytes, size_t length)
{
    /* A reader that has stopped must not stop the run: up to PIPE_BUF bytes are taken at once or not at all. */
    struct pollfd ready = {.fd = file.tee_fd, .events = POLLOUT};
    while (length && poll(&ready, 1, 0) == 1 && ready.revents & POLLOUT) {
        ssize_t written = write(file.tee_fd, bytes, length < 4096 ? length : 4096);
        if (written <= 0)
            return;
        bytes += written;
        length -= (size_t)written;
    }
}

static size_t count_lines(const char *bytes, size_t length)
{
    size_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    return lines;
}

/* How much to write at an offset in one go: whole lines up to the end of the page, or the one that crosses it. A reader
 * can see the parts of a write on either side of a page's end one after the other. */
static size_t first_piece(const char *bytes, size_t length, off_t offset)
{
    size_t room = PAGE - (size_t)offset % PAGE;
    const char *end;
    if (length <= room)
        return length;
    end = memrchr(bytes, '\n', room);
    if (!end)
        end = memchr(bytes, '\n', length);
    return end ? (size_t)(end - bytes) + 1 : length;
}

/* Whole lines: all of them or, of a disk that fills up, as many as fit. */
static bool append_piece(const char *bytes, size_t length, const struct stat *before)
{
    size_t done = 0;
    while (done < length) {
        ssize_t written = write(file.log_fd, bytes + done, length - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        done += (size_t)written;
    }
    if (done == length)
        return true;
    const char *newline = done ? memrchr(bytes, '\n', done) : NULL;
    size_t kept = newline ? (size_t)(newline - bytes) + 1 : 0;
    if (kept < done && ftruncate(file.log_fd, before->st_size + (off_t)kept) != 0)
        file.lost++; /* the line stays torn; it is counted as lost all the same */
    file.lost += count_lines(bytes + kept, length - kept);
    return false;
}

/* Before a line that crosses the end of a page: a reader that a write has just woken may be at the end of the file, where
 * it would see half of the line. It has read on when this returns. A second of a run is the most that it costs. */
static void rest(void)
{
    static const struct timespec length = {.tv_nsec = 500 * 1000};
    double now = monotonic_now();
    if (now - file.written_at < 2e-3 && file.rested < 1) {
        nanosleep(&length, NULL);
        file.rested += monotonic_now() - now;
    }
}

static bool append(const char *bytes, size_t length)
{
    while (length) {
        struct stat before = {0};
        fstat(file.log_fd, &before);
        size_t piece = first_piece(bytes, length, before.st_size);
        if ((size_t)before.st_size % PAGE + piece > PAGE)
            rest();
        bool whole = append_piece(bytes, piece, &before);
        file.written_at = monotonic_now();
        if (!whole) {
            file.lost += count_lines(bytes + piece, length - piece);
            return false;
        }
        bytes += piece;
        length -= piece;
    }
    return true;
}

static size_t write_lines(struct log_writer *writer, const char *lines, size_t length)
{
    (void)writer;
    if (file.tee_fd >= 0)
        tee(lines, length);
    if (file.lost) {
        char note[96];
        int words = snprintf(note, sizeof note, "fn: %zu log lines were lost, the disk was full\n", file.lost);
        size_t lost = file.lost;
        file.lost = append(note, (size_t)words) ? 0 : lost;
    }
    append(lines, length);
    return length;
}

void log_file_open(struct log_writer *writer, int fd, int tee_fd)
{
    file.log_fd = fd;
    file.tee_fd = tee_fd;
    writer->write = write_lines;
    writer->out = log_writer_room;
}
