#pragma once

#include <stdbool.h>
#include <stddef.h>

struct exit_reason {
    char json[1024]; /* a whole error.json */
    size_t length;
};
struct circumstances {
    bool timed_out;
    double timeout;
    int termination; /* the signal that asked the run to end, or 0 */
    int status;      /* of waitpid */
    const char *loading; /* the library of the file that was being loaded before Python could start, or NULL */
};
struct exit_reason exit_reason_of(const struct circumstances *c);
struct exit_reason exit_reason_error(const char *code, const char *message);
const char *signal_name(int number);
