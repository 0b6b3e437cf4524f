/* The log pump: bytes of any kind in, whole lines of clean UTF-8 out.
 * The reader on the other side drops lines that are not UTF-8, breaks on a line seen half written and stops for good on
 * one that is too long. So invalid bytes become U+FFFD (one for each maximal part of a character, as the Unicode
 * standard recommends), control characters become \x1b and the like, long lines are split, and whoever writes them (as
 * log_file.c) gets whole lines only. entry/runtime/pump.py is the same in Python. */
#include "supervisor/log_writer.h"

#include <string.h>

char pump_room[PUMP_ROOM];

bool pump_is_full(const struct pump *pump)
{
    return pump->used > PUMP_ROOM / 4;
}

void pump_flush(struct pump *pump)
{
    if (!pump->whole)
        return;
    size_t done = pump->write(pump, pump->out, pump->whole);
    memmove(pump->out, pump->out + done, pump->used - done);
    pump->used -= done;
    pump->whole -= done;
}

static void end_line(struct pump *pump)
{
    pump->out[pump->used++] = '\n';
    pump->whole = pump->used;
    if (PUMP_ROOM - pump->used < LINE_MAX_BYTES)
        pump_flush(pump);
}

/* One character, or one escape: never split over two lines. */
static void put(struct pump *pump, const void *bytes, size_t length)
{
    if (pump->used - pump->whole + length >= LINE_MAX_BYTES)
        end_line(pump);
    memcpy(pump->out + pump->used, bytes, length);
    pump->used += length;
}

static void put_escaped(struct pump *pump, unsigned code)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'x', digits[code >> 4], digits[code & 15]};
    put(pump, escape, sizeof escape);
}

static void put_replacement(struct pump *pump)
{
    put(pump, "\xef\xbf\xbd", 3);
}

/* The table "well-formed UTF-8 byte sequences" of the Unicode standard: what may follow a first byte. */
static bool begin_character(struct pump *pump, unsigned char byte)
{
    pump->lowest = 0x80;
    pump->highest = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf)
        pump->partial_wanted = 2;
    else if (byte >= 0xe0 && byte <= 0xef)
        pump->partial_wanted = 3;
    else if (byte >= 0xf0 && byte <= 0xf4)
        pump->partial_wanted = 4;
    else
        return false;
    if (byte == 0xe0)
        pump->lowest = 0xa0;
    else if (byte == 0xed)
        pump->highest = 0x9f;
    else if (byte == 0xf0)
        pump->lowest = 0x90;
    else if (byte == 0xf4)
        pump->highest = 0x8f;
    pump->partial[0] = byte;
    pump->partial_length = 1;
    return true;
}

/* True if the byte belonged to the character under way. */
static bool continue_character(struct pump *pump, unsigned char byte)
{
    if (byte < pump->lowest || byte > pump->highest) {
        pump->partial_length = 0;
        put_replacement(pump);
        return false;
    }
    pump->partial[pump->partial_length++] = byte;
    pump->lowest = 0x80;
    pump->highest = 0xbf;
    if (pump->partial_length == pump->partial_wanted) {
        pump->partial_length = 0;
        if (pump->partial[0] == 0xc2 && byte < 0xa0)
            put_escaped(pump, byte); /* a C1 control character */
        else
            put(pump, pump->partial, pump->partial_wanted);
    }
    return true;
}

static bool plain(unsigned char byte)
{
    return (byte >= 0x20 && byte < 0x7f) || byte == '\t';
}

void pump_feed(struct pump *pump, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = bytes[i];
        if (pump->partial_length && continue_character(pump, byte))
            continue;
        if (plain(byte))
            put(pump, &byte, 1);
        else if (byte == '\n')
            end_line(pump);
        else if (byte < 0x80)
            put_escaped(pump, byte);
        else if (!begin_character(pump, byte))
            put_replacement(pump);
    }
}

void pump_finish(struct pump *pump)
{
    if (pump->partial_length) {
        pump->partial_length = 0;
        put_replacement(pump);
    }
    if (pump->used > pump->whole)
        end_line(pump);
    pump_flush(pump);
}
