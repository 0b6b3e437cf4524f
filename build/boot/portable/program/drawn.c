/* Random bytes that an import draws and keeps as they are, such as `KEY = os.urandom(32)` of a module: each run draws its own,
 * into the same object. What was made of such bytes differs from capture to capture, and is refused as before: a number, a
 * text, the hash of the bytes as a key of a dictionary. */
#include "portable/program/drawn.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

enum { RANGES = 64, LONGEST = 256 };

static struct {
    unsigned char *memory;
    size_t length;
    unsigned char drawn[LONGEST];
} ranges[RANGES];
static size_t count;

void drawn_note(const void *memory, size_t length)
{
    if (length > LONGEST || count == RANGES)
        return;
    ranges[count].memory = (unsigned char *)(uintptr_t)memory;
    ranges[count].length = length;
    memcpy(ranges[count++].drawn, memory, length);
}

/* Memory that holds something else by now was freed, or is somebody's who has gone on from what was drawn. */
void drawn_clear(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].length && memcmp(ranges[i].memory, ranges[i].drawn, ranges[i].length) == 0) {
            ranges[kept].memory = ranges[i].memory;
            ranges[kept++].length = ranges[i].length;
            memset(ranges[i].memory, 0, ranges[i].length);
        }
    }
    for (size_t i = 0; i < RANGES; i++) {
        memset(ranges[i].drawn, 0, LONGEST);
        if (i >= kept)
            ranges[i].memory = NULL, ranges[i].length = 0;
    }
    count = kept;
}

void drawn_restore(void)
{
    for (size_t i = 0; i < count; i++)
        while (getrandom(ranges[i].memory, ranges[i].length, 0) < 0)
            ;
}
