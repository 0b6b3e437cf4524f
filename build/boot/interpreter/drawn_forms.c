/* What is made of random bytes: texts in hexadecimal digits, UUIDs of version 4 (RFC 9562), and their numbers in Python. */
#include "interpreter/drawn_forms.h"
#include "snapshot/cpython.h"

#include <string.h>

enum { NUMBER_DIGITS = (8 * UUID_LENGTH + PyLong_SHIFT - 1) / PyLong_SHIFT };

static char *write_digits(char *to, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        *to++ = "0123456789abcdef"[bytes[i] >> 4];
        *to++ = "0123456789abcdef"[bytes[i] & 15];
    }
    return to;
}

static void make_uuid(unsigned char uuid[UUID_LENGTH], const unsigned char *bytes)
{
    memcpy(uuid, bytes, UUID_LENGTH);
    uuid[6] = (unsigned char)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (unsigned char)((uuid[8] & 0x3f) | 0x80);
}

/* Returns the length; 0: these bytes have no such form. */
size_t drawn_write_text(char *to, enum drawn_form form, const unsigned char *bytes, size_t length)
{
    static const unsigned char groups[] = {4, 2, 2, 2, 6};
    unsigned char uuid[UUID_LENGTH];
    char *end = to;
    if (form == DIGITS)
        return (size_t)(write_digits(to, bytes, length) - to);
    if (length != UUID_LENGTH)
        return 0;
    make_uuid(uuid, bytes);
    if (form == DIGITS_OF_UUID)
        return (size_t)(write_digits(to, uuid, UUID_LENGTH) - to);
    for (size_t i = 0, at = 0; i < sizeof groups; at += groups[i++]) {
        if (i)
            *end++ = '-';
        end = write_digits(end, uuid + at, groups[i]);
    }
    return (size_t)(end - to);
}

/* The digits of a number of Python's, the lowest first: all of them, since its first byte is not zero. */
static void digits_of_uuid(digit digits[NUMBER_DIGITS], const unsigned char *bytes)
{
    unsigned char uuid[UUID_LENGTH];
    make_uuid(uuid, bytes);
    memset(digits, 0, NUMBER_DIGITS * sizeof *digits);
    for (size_t bit = 0; bit < 8 * UUID_LENGTH; bit++)
        digits[bit / PyLong_SHIFT] |= (digit)(uuid[UUID_LENGTH - 1 - bit / 8] >> bit % 8 & 1) << bit % PyLong_SHIFT;
}

bool drawn_is_number(void *number, const unsigned char *bytes)
{
    digit digits[NUMBER_DIGITS], *own = cpython_digits(number, NUMBER_DIGITS);
    if (!own) /* nearly all */
        return false;
    digits_of_uuid(digits, bytes);
    bool is_equal = !memcmp(own, digits, sizeof digits);
    explicit_bzero(digits, sizeof digits);
    return is_equal;
}

void drawn_renew(void *place, enum drawn_form form, const unsigned char *bytes, size_t length)
{
    if (form == NUMBER_OF_UUID)
        digits_of_uuid(cpython_digits(place, NUMBER_DIGITS), bytes);
    else
        drawn_write_text(place, form, bytes, length);
}
