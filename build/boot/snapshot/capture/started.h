#pragma once

#include <stdbool.h>

/* Whether what is allocated now is libc's, for a thread that it starts. */
bool started_allocates(void);
