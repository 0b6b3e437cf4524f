#pragma once

#include <stddef.h>

/* Of a list that ends with NULL, as arguments and environments do; 0 for NULL. Calls nothing: it may be used after a vfork. */
static inline size_t list_length(char *const list[])
{
    size_t length = 0;
    while (list && list[length])
        length++;
    return length;
}
