/* The log writer: bytes of any kind in, whole lines of clean UTF-8 out.
 * The reader on the other side drops lines that are not UTF-8, breaks on a line seen half written and stops for good on
 * one that is too long. So invalid bytes become U+FFFD (one for each maximal part of a character, as the Unicode
 * standard recommends), control characters become \x1b and the like, long lines are split, and whoever writes them (as
 * log_file.c) gets whole lines only. */
#include "supervisor/log_writer.h"

#include <string.h>

char log_writer_room[LOG_WRITER_ROOM];

bool log_writer_is_full(const struct log_writer *writer)
{
    return writer->used > LOG_WRITER_ROOM / 4;
}

void log_writer_flush(struct log_writer *writer)
{
    if (!writer->whole)
        return;
    size_t done = writer->write(writer, writer->out, writer->whole);
    memmove(writer->out, writer->out + done, writer->used - done);
    writer->used -= done;
    writer->whole -= done;
}

static void end_line(struct log_writer *writer)
{
    writer->out[writer->used++] = '\n';
    writer->whole = writer->used;
    if (LOG_WRITER_ROOM - writer->used < LINE_MAX_BYTES)
        log_writer_flush(writer);
}

/* One character, or one escape: never split over two lines. */
static void put(struct log_writer *writer, const void *bytes, size_t length)
{
    if (writer->used - writer->whole + length >= LINE_MAX_BYTES)
        end_line(writer);
    memcpy(writer->out + writer->used, bytes, length);
    writer->used += length;
}

static void put_escaped(struct log_writer *writer, unsigned code)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'x', digits[code >> 4], digits[code & 15]};
    put(writer, escape, sizeof escape);
}

static void put_replacement(struct log_writer *writer)
{
    put(writer, "\xef\xbf\xbd", 3);
}

/* By the table "well-formed UTF-8 byte sequences" of the Unicode standard: what may follow a first byte. */
static bool begin_character(struct log_writer *writer, unsigned char byte)
{
    static const struct {
        unsigned char first, last, length, lowest, highest;
    } sequences[] = {
        {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f},
        {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
    };
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
        if (byte >= sequences[i].first && byte <= sequences[i].last) {
            writer->partial_expected = sequences[i].length;
            writer->lowest = sequences[i].lowest;
            writer->highest = sequences[i].highest;
            writer->partial[0] = byte;
            writer->partial_length = 1;
            return true;
        }
    return false;
}

/* True if the byte belonged to the character under way. */
static bool continue_character(struct log_writer *writer, unsigned char byte)
{
    if (byte < writer->lowest || byte > writer->highest) {
        writer->partial_length = 0;
        put_replacement(writer);
        return false;
    }
    writer->partial[writer->partial_length++] = byte;
    writer->lowest = 0x80;
    writer->highest = 0xbf;
    if (writer->partial_length == writer->partial_expected) {
        writer->partial_length = 0;
        if (writer->partial[0] == 0xc2 && byte < 0xa0)
            put_escaped(writer, byte); /* a C1 control character */
        else
            put(writer, writer->partial, writer->partial_expected);
    }
    return true;
}

static bool plain(unsigned char byte)
{
    return (byte >= 0x20 && byte < 0x7f) || byte == '\t';
}

void log_writer_feed(struct log_writer *writer, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = bytes[i];
        if (writer->partial_length && continue_character(writer, byte))
            continue;
        if (plain(byte))
            put(writer, &byte, 1);
        else if (byte == '\n')
            end_line(writer);
        else if (byte < 0x80)
            put_escaped(writer, byte);
        else if (!begin_character(writer, byte))
            put_replacement(writer);
    }
}

void log_writer_finish(struct log_writer *writer)
{
    if (writer->partial_length) {
        writer->partial_length = 0;
        put_replacement(writer);
    }
    if (writer->used > writer->whole)
        end_line(writer);
    log_writer_flush(writer);
}
