#pragma once

#include <stddef.h>

/* A row of a host's table of options; a table ends with a row without a name. */
struct option {
    const char *name;
    enum { TEXT, NUMBER, SIZE, SECONDS, SWITCH } kind;
    void *place;                           /* const char *, unsigned, uint64_t, double or bool */
    const char *variable, *other_variable; /* what stands for it, and what does if that is not set; NULL: nothing */
    unsigned most;                         /* of a number */
};
/* Reads variables, then arguments, which win; the handler that an argument names, or FN_HANDLER. NULL: all is well; else a
 * complaint, which stays until the next one. */
const char *options_read(const char *host, const struct option *options, const char **handler, char **args);
__attribute__((format(printf, 1, 2))) const char *options_complain(const char *format, ...);
