#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { LINE_MAX_BYTES = 32 * 1024, LOG_WRITER_ROOM = 4 * LINE_MAX_BYTES }; /* of a written line, its newline included; of all */
enum { LOG_WRITER_MOST = 16 * 1024 }; /* bytes to feed at once: they become LOG_WRITER_ROOM / 2 at the most, nearly all of it escapes */
struct log_writer {
    size_t (*write)(struct log_writer *writer, const char *lines, size_t length); /* whole lines; how much of it is dealt with */
    char *out;       /* LOG_WRITER_ROOM bytes */
    size_t used;     /* bytes in `out` */
    size_t whole;    /* of these, bytes of whole lines */
    unsigned char partial[4]; /* a character that is not complete yet */
    size_t partial_length, partial_expected;
    unsigned char lowest, highest; /* what the next byte of it may be */
};
extern char log_writer_room[LOG_WRITER_ROOM]; /* for a process that has one run */
void log_writer_feed(struct log_writer *writer, const unsigned char *bytes, size_t length);
bool log_writer_is_full(const struct log_writer *writer); /* what is written must be dealt with before more is fed */
void log_writer_flush(struct log_writer *writer);  /* writes the whole lines so far */
void log_writer_finish(struct log_writer *writer); /* completes a partial last line, then flushes */
