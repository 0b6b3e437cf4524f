#pragma once

#include <stdbool.h>

struct call {
    const char *handler, *input, *output, *log, *error; /* NULL: not given */
    double timeout;
    bool quiet;
};
const char *call_read(struct call *call, char **args); /* NULL, or a complaint */
