#pragma once

#include "snapshot/heap/placement.h"

#include <stddef.h>

void touched_watch(void); /* from here on reads are seen, too, until the run ends */
void touched_end(void);

/* Where a block belongs by what this run has touched, and its length unless that is cold. */
enum section touched_section(size_t number, size_t *length);
