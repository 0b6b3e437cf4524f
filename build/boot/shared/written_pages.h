#pragma once

#include <stdint.h>

/* Pages that runs write, as the build has found out (build/snapshot/written_pages.py): three lists in one table, each
 * ended by an empty range. */
enum { RANGES_MAX = 96 };
struct page_range {
    uint32_t first, count; /* pages */
};
enum written_by { BY_EVERY_RUN, BY_REQUESTS, BY_FUNCTIONS };
/* BY_REQUESTS: what is only written if a run answers a request; BY_FUNCTIONS: all that a fork of a template writes. */

/* Makes them writable, a range at a time: half the price of a fault for each. An older kernel refuses, and each has its fault. */
void written_pages_populate(const struct page_range *ranges, enum written_by whom);
