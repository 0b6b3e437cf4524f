#ifndef FN_LOG_WRITER_H
#define FN_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_MAX_BYTES = 32 * 1024, PUMP_ROOM = 4 * LINE_MAX_BYTES }; /* of a written line, its newline included; of all */
enum { PUMP_MOST = 16 * 1024 }; /* bytes to feed at once: they become PUMP_ROOM / 2 at the most, nearly all of it escapes */
struct pump {
    size_t (*write)(struct pump *pump, const char *lines, size_t length); /* whole lines; how much of it is dealt with */
    char *out;       /* PUMP_ROOM bytes */
    size_t used;     /* bytes in `out` */
    size_t whole;    /* of these, bytes of whole lines */
    unsigned char partial[4]; /* a character that is not complete yet */
    size_t partial_length, partial_wanted;
    unsigned char lowest, highest; /* what the next byte of it may be */
};
extern char pump_room[PUMP_ROOM]; /* for a process that has one run */
void pump_feed(struct pump *pump, const unsigned char *bytes, size_t length);
bool pump_is_full(const struct pump *pump); /* what is written must be dealt with before more is fed */
void pump_flush(struct pump *pump);  /* writes the whole lines so far */
void pump_finish(struct pump *pump); /* completes a partial last line, then flushes */

#endif
