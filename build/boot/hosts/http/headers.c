/* The text of a head, as it comes bit by bit from llhttp and is looked at by name. */
#include "hosts/http/headers.h"

#include <string.h>

bool headers_add(char *head, size_t room, size_t *used, const char *at, size_t length, bool small)
{
    if (length > room - *used)
        return false;
    for (size_t i = 0; i < length; i++)
        head[(*used)++] = small && at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] + 32) : at[i];
    return true;
}

const char *headers_find(const char *head, size_t used, const char *name)
{
    const char *next = head + strlen(head) + 1, *end = head + used;
    while (next < end) {
        const char *value = next + strlen(next) + 1;
        if (!strcmp(next, name))
            return value;
        next = value + strlen(value) + 1;
    }
    return NULL;
}
