/* The log pump: bytes of any kind in, whole lines of clean UTF-8 out.
 * The reader on the other side drops lines that are not UTF-8, breaks on a line seen half written and stops for good on
 * one that is too long. So invalid bytes become U+FFFD (one for each maximal part of a character, as the Unicode
 * standard recommends), control characters become \x1b and the like, long lines are split, and one write carries
 * whole lines only. A full disk loses lines, never parts of them. entry/runtime/pump.py is the same in Python. */
#include "supervisor/log_writer.h"

#include "shared/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

static struct {
    int log_fd, tee_fd;
    size_t used;     /* bytes in `out` */
    size_t whole;    /* of these, bytes of whole lines */
    size_t lost;     /* lines that the disk had no room for */
    double written_at, rested; /* of the last write; seconds spent in rest() */
    unsigned char partial[4]; /* a character that is not complete yet */
    size_t partial_length, partial_wanted;
    unsigned char lowest, highest; /* what the next byte of it may be */
    char out[4 * LINE_MAX_BYTES];
} pump;

void pump_open(int log_fd, int tee_fd)
{
    pump.log_fd = log_fd;
    pump.tee_fd = tee_fd;
    pump.used = pump.whole = pump.lost = pump.partial_length = 0;
}

static void tee(const char *bytes, size_t length)
{
    /* A reader that has stopped must not stop the run: up to PIPE_BUF bytes are taken at once or not at all. */
    struct pollfd ready = {.fd = pump.tee_fd, .events = POLLOUT};
    while (length && poll(&ready, 1, 0) == 1 && ready.revents & POLLOUT) {
        ssize_t written = write(pump.tee_fd, bytes, length < 4096 ? length : 4096);
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
        ssize_t written = write(pump.log_fd, bytes + done, length - done);
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
    if (kept < done && ftruncate(pump.log_fd, before->st_size + (off_t)kept) != 0)
        pump.lost++; /* the line stays torn; it is counted as lost all the same */
    pump.lost += count_lines(bytes + kept, length - kept);
    return false;
}

/* Before a line that crosses the end of a page: a reader that a write has just woken may be at the end of the file, where
 * it would see half of the line. It has read on when this returns. A second of a run is the most that it costs. */
static void rest(void)
{
    static const struct timespec length = {.tv_nsec = 500 * 1000};
    double now = monotonic_now();
    if (now - pump.written_at < 2e-3 && pump.rested < 1) {
        nanosleep(&length, NULL);
        pump.rested += monotonic_now() - now;
    }
}

static bool append(const char *bytes, size_t length)
{
    while (length) {
        struct stat before = {0};
        fstat(pump.log_fd, &before);
        size_t piece = first_piece(bytes, length, before.st_size);
        if ((size_t)before.st_size % PAGE + piece > PAGE)
            rest();
        bool whole = append_piece(bytes, piece, &before);
        pump.written_at = monotonic_now();
        if (!whole) {
            pump.lost += count_lines(bytes + piece, length - piece);
            return false;
        }
        bytes += piece;
        length -= piece;
    }
    return true;
}

void pump_flush(void)
{
    if (!pump.whole)
        return;
    if (pump.tee_fd >= 0)
        tee(pump.out, pump.whole);
    if (pump.lost) {
        char note[96];
        int length = snprintf(note, sizeof note, "fn: %zu log lines were lost, the disk was full\n", pump.lost);
        size_t lost = pump.lost;
        pump.lost = append(note, (size_t)length) ? 0 : lost;
    }
    append(pump.out, pump.whole);
    memmove(pump.out, pump.out + pump.whole, pump.used - pump.whole);
    pump.used -= pump.whole;
    pump.whole = 0;
}

static void end_line(void)
{
    pump.out[pump.used++] = '\n';
    pump.whole = pump.used;
    if (sizeof pump.out - pump.used < LINE_MAX_BYTES)
        pump_flush();
}

/* One character, or one escape: never split over two lines. */
static void put(const void *bytes, size_t length)
{
    if (pump.used - pump.whole + length >= LINE_MAX_BYTES)
        end_line();
    memcpy(pump.out + pump.used, bytes, length);
    pump.used += length;
}

static void put_escaped(unsigned code)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'x', digits[code >> 4], digits[code & 15]};
    put(escape, sizeof escape);
}

static void put_replacement(void)
{
    put("\xef\xbf\xbd", 3);
}

/* The table "well-formed UTF-8 byte sequences" of the Unicode standard: what may follow a first byte. */
static bool begin_character(unsigned char byte)
{
    pump.lowest = 0x80;
    pump.highest = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf)
        pump.partial_wanted = 2;
    else if (byte >= 0xe0 && byte <= 0xef)
        pump.partial_wanted = 3;
    else if (byte >= 0xf0 && byte <= 0xf4)
        pump.partial_wanted = 4;
    else
        return false;
    if (byte == 0xe0)
        pump.lowest = 0xa0;
    else if (byte == 0xed)
        pump.highest = 0x9f;
    else if (byte == 0xf0)
        pump.lowest = 0x90;
    else if (byte == 0xf4)
        pump.highest = 0x8f;
    pump.partial[0] = byte;
    pump.partial_length = 1;
    return true;
}

/* True if the byte belonged to the character under way. */
static bool continue_character(unsigned char byte)
{
    if (byte < pump.lowest || byte > pump.highest) {
        pump.partial_length = 0;
        put_replacement();
        return false;
    }
    pump.partial[pump.partial_length++] = byte;
    pump.lowest = 0x80;
    pump.highest = 0xbf;
    if (pump.partial_length == pump.partial_wanted) {
        pump.partial_length = 0;
        if (pump.partial[0] == 0xc2 && byte < 0xa0)
            put_escaped(byte); /* a C1 control character */
        else
            put(pump.partial, pump.partial_wanted);
    }
    return true;
}

static bool plain(unsigned char byte)
{
    return (byte >= 0x20 && byte < 0x7f) || byte == '\t';
}

void pump_feed(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = bytes[i];
        if (pump.partial_length && continue_character(byte))
            continue;
        if (plain(byte))
            put(&byte, 1);
        else if (byte == '\n')
            end_line();
        else if (byte < 0x80)
            put_escaped(byte);
        else if (!begin_character(byte))
            put_replacement();
    }
}

void pump_finish(void)
{
    if (pump.partial_length) {
        pump.partial_length = 0;
        put_replacement();
    }
    if (pump.used > pump.whole)
        end_line();
    pump_flush();
}
