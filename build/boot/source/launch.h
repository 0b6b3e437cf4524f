#pragma once

#include <stddef.h>

/* Starts the interpreter; the words of the run go behind it. */
struct command {
    char **words;
    size_t length;
};
extern struct command source_command;
