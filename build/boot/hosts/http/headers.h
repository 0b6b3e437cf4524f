#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Of a request or an answer: a first text (the target), then names and values, each with a zero behind it. */
bool headers_add(char *head, size_t room, size_t *used, const char *at, size_t length, bool small); /* false: no room */
const char *headers_find(const char *head, size_t used, const char *name); /* in small letters; NULL: there is none */
