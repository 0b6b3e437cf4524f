#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { UUID_LENGTH = 16 }; /* bytes, of which the first is not zero: else its number would have less memory */
enum drawn_form { DIGITS, DIGITS_OF_UUID, TEXT_OF_UUID, NUMBER_OF_UUID };

/* Writes the characters, and returns how many they are; 0: these bytes have no such form. */
size_t drawn_write_text(char *to, enum drawn_form form, const unsigned char *bytes, size_t length);

/* Whether this object of an int is the number of the UUID that is made of these bytes. */
bool drawn_is_number(void *number, const unsigned char *bytes);

/* Makes what is here one of other bytes: the characters of a text, or the object of a number. */
void drawn_renew(void *place, enum drawn_form form, const unsigned char *bytes, size_t length);
