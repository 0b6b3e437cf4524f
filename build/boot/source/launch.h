#ifndef FN_SOURCE_LAUNCH_H
#define FN_SOURCE_LAUNCH_H

#include <stddef.h>

/* Starts the interpreter; the words of the run go behind it. */
struct command {
    char **words;
    size_t length;
};
extern struct command source_command;

#endif
