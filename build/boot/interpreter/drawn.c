/* Random bytes that an import draws and keeps as they are, such as `KEY = os.urandom(32)` of a module, or as a text in
 * hexadecimal digits, such as `secrets.token_hex(4)`: each run draws its own, into the same objects. What else was made of
 * such bytes differs from capture to capture, and is refused: a number, a longer text, the hash of the bytes or of the text as
 * a key of a dictionary. */
#include "interpreter/drawn.h"
#include "snapshot/heap/drawn_bytes.h"

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

enum { SHORTEST = 4, TEXTS = 64, UNIT = 16 }; /* so few bytes may be equal to another's by chance */

static struct {
    unsigned char *memory; /* NULL: they are kept as texts only */
    size_t length;
} ranges[RANGES]; /* their bytes, by number: drawn_bytes */
static size_t count;

static struct {
    char *digits;
    size_t range;
} texts[TEXTS];
static size_t text_count;

void drawn_note(const void *memory, size_t length)
{
    if (length < SHORTEST || length > LONGEST || count == RANGES)
        return;
    ranges[count].memory = (unsigned char *)(uintptr_t)memory;
    ranges[count].length = length;
    memcpy(drawn_bytes[count++], memory, length);
}

static void write_digits(char *to, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        *to++ = "0123456789abcdef"[bytes[i] >> 4];
        *to++ = "0123456789abcdef"[bytes[i] & 15];
    }
}

/* The characters of a text in ASCII, if one lies here whose hash nobody has asked for. */
static char *characters(char *place, const char *end, size_t *length)
{
    PyASCIIObject *text = (PyASCIIObject *)place;
    if (end - place <= (ptrdiff_t)sizeof *text || Py_TYPE((PyObject *)text) != &PyUnicode_Type || text->hash != -1)
        return NULL;
    if (!text->state.compact || !text->state.ascii || text->length < 2 * SHORTEST)
        return NULL;
    *length = (size_t)text->length;
    return *length < (size_t)(end - place) - sizeof *text ? (char *)(text + 1) : NULL;
}

static void note_texts(char *heap, const char *end)
{
    char digits[2 * LONGEST];
    size_t length;
    for (char *place = heap + -(uintptr_t)heap % UNIT; place < end; place += UNIT) {
        char *found = characters(place, end, &length);
        for (size_t i = 0; found && i < count && text_count < TEXTS; i++) {
            if (length != 2 * ranges[i].length)
                continue;
            write_digits(digits, drawn_bytes[i], ranges[i].length);
            if (memcmp(found, digits, length) == 0) {
                texts[text_count].digits = found;
                texts[text_count++].range = i;
                memset(found, '0', length);
                break;
            }
        }
    }
    memset(digits, 0, sizeof digits);
}

/* Memory that holds something else by now was freed, or is somebody's who has gone on from what was drawn. */
static void note_bytes(void)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(ranges[i].memory, drawn_bytes[i], ranges[i].length) == 0)
            memset(ranges[i].memory, 0, ranges[i].length);
        else
            ranges[i].memory = NULL;
    }
}

/* Moves the texts of a range to another, and tells whether there are any. */
static bool move_texts(size_t from, size_t to)
{
    bool has_some = false;
    for (size_t i = 0; i < text_count; i++)
        if (texts[i].range == from) {
            texts[i].range = to;
            has_some = true;
        }
    return has_some;
}

static void forget_what_is_not_kept(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool has_texts = move_texts(i, kept);
        if (has_texts || ranges[i].memory) {
            ranges[kept].memory = ranges[i].memory;
            ranges[kept++].length = ranges[i].length;
        }
    }
    memset(drawn_bytes, 0, sizeof drawn_bytes);
    for (size_t i = kept; i < RANGES; i++)
        ranges[i].memory = NULL, ranges[i].length = 0;
    count = kept;
}

void drawn_clear(char *heap, size_t length)
{
    if (count)
        note_texts(heap, heap + length);
    note_bytes();
    forget_what_is_not_kept();
}

void drawn_restore(void)
{
    unsigned char drawn[LONGEST];
    for (size_t i = 0; i < count; i++) {
        while (getrandom(drawn, ranges[i].length, 0) < 0)
            ;
        if (ranges[i].memory)
            memcpy(ranges[i].memory, drawn, ranges[i].length);
        for (size_t text = 0; text < text_count; text++)
            if (texts[text].range == i)
                write_digits(texts[text].digits, drawn, ranges[i].length);
    }
    memset(drawn, 0, sizeof drawn);
}
