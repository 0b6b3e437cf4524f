#pragma once

#include <stdbool.h>

extern const struct library {
    char *start, *end; /* where it lies when it is unpacked: whole pages */
} libraries[];         /* made by build/link/inittab.py */
bool library_present(unsigned number); /* false: a Python exception says why it cannot be unpacked */
