#pragma once

#include <stdbool.h>

/* Lets the other threads get as far as they can. */
void turns_pass(void);

/* A thread that Python has started begins, or has ended. */
void turns_count(bool begins);
