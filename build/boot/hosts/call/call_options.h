#pragma once

#include <stdbool.h>

struct call {
    const char *handler, *input, *output, *log, *error, *seconds; /* NULL: not given */
    double timeout;
    bool quiet;
    char complaint[160];
};
bool call_read(struct call *call, char **args); /* false: a complaint */
