/* Random bytes that an import draws and keeps as they are, such as `KEY = os.urandom(32)` of a module, as a text in
 * hexadecimal digits, such as `secrets.token_hex(4)`, or as a UUID of version 4 (RFC 9562) or its text: each run draws its
 * own, into the same objects. What else was made of such bytes differs from capture to capture, and is refused: another
 * number, a longer text, the hash of the bytes or of the text as a key of a dictionary. */
#include "interpreter/drawn.h"
#include "interpreter/drawn_forms.h"
#include "shared/report.h"
#include "snapshot/heap/drawn_bytes.h"

#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { SHORTEST = 4, COPIES = 64, UNIT = 16, LARGEST_NUMBER = 64 }; /* so few bytes may be equal to another's by chance */

static struct {
    unsigned char *memory; /* NULL: only copies are kept */
    size_t length;
} ranges[RANGES]; /* their bytes, by number: drawn_bytes */
static size_t count;

static struct {
    void *place; /* the characters, or the object of a number */
    size_t range;
    enum drawn_form form;
} copies[COPIES];
static size_t copy_count;

/* As many bytes as a UUID has may become one. In each capture its number takes as much memory, and is written with as many
 * digits; and neither these bytes nor what the module `uuid` makes of them on the way to a UUID are one. */
static void fit(unsigned char bytes[UUID_LENGTH])
{
    bytes[0] |= 0x80;
    bytes[6] |= 0xf0;
    bytes[8] |= 0xc0;
}

void drawn_note(void *memory, size_t length)
{
    if (length < SHORTEST || length > LONGEST || count == RANGES)
        return;
    if (length == UUID_LENGTH)
        fit(memory);
    ranges[count].memory = memory;
    ranges[count].length = length;
    memcpy(drawn_bytes[count++], memory, length);
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

static void note_copy(void *place, size_t range, enum drawn_form form)
{
    copies[copy_count].place = place;
    copies[copy_count].range = range;
    copies[copy_count++].form = form;
}

/* Notes the text if it is one of a range, and overwrites it. */
static void note_text(char *found, size_t length)
{
    char text[2 * LONGEST];
    for (size_t range = 0; range < count; range++)
        for (enum drawn_form form = DIGITS; form <= TEXT_OF_UUID; form++)
            if (drawn_write_text(text, form, drawn_bytes[range], ranges[range].length) == length && !memcmp(found, text, length)) {
                note_copy(found, range, form);
                memset(found, '0', length);
                goto noted;
            }
noted:
    memset(text, 0, sizeof text);
}

static void note_number(void *number)
{
    for (size_t range = 0; range < count; range++)
        if (ranges[range].length == UUID_LENGTH && drawn_is_number(number, drawn_bytes[range])) {
            static const unsigned char nothing[UUID_LENGTH] = {1};
            note_copy(number, range, NUMBER_OF_UUID);
            drawn_renew(number, NUMBER_OF_UUID, nothing, UUID_LENGTH);
            break;
        }
}

static void note_copies(char *heap, const char *end)
{
    size_t length;
    for (char *place = heap + -(uintptr_t)heap % UNIT; place < end && copy_count < COPIES; place += UNIT) {
        char *found = characters(place, end, &length);
        if (found && length <= 2 * LONGEST)
            note_text(found, length);
        else if (end - place > LARGEST_NUMBER && Py_TYPE((PyObject *)place) == &PyLong_Type)
            note_number(place);
    }
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

/* Moves the copies of a range to another, and tells whether there are any. */
static bool move_copies(size_t from, size_t to)
{
    bool has_some = false;
    for (size_t i = 0; i < copy_count; i++)
        if (copies[i].range == from) {
            copies[i].range = to;
            has_some = true;
        }
    return has_some;
}

static void forget_what_is_not_kept(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool has_copies = move_copies(i, kept);
        if (has_copies || ranges[i].memory) {
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
        note_copies(heap, heap + length);
    note_bytes();
    forget_what_is_not_kept();
}

/* Before Linux 3.17 there is the device alone. */
static bool read_device(unsigned char *to, size_t length)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, to, length);
    if (fd >= 0)
        close(fd);
    return got == (ssize_t)length;
}

static void draw(unsigned char *to, size_t length)
{
    ssize_t got;
    do
        got = getrandom(to, length, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)length && !read_device(to, length))
        cannot_start("the kernel gives no random numbers");
}

void drawn_restore(void)
{
    unsigned char drawn[LONGEST];
    for (size_t i = 0; i < count; i++) {
        do
            draw(drawn, ranges[i].length);
        while (ranges[i].length == UUID_LENGTH && !drawn[0]);
        if (ranges[i].memory)
            memcpy(ranges[i].memory, drawn, ranges[i].length);
        for (size_t copy = 0; copy < copy_count; copy++)
            if (copies[copy].range == i)
                drawn_renew(copies[copy].place, copies[copy].form, drawn, ranges[i].length);
    }
    memset(drawn, 0, sizeof drawn);
}
