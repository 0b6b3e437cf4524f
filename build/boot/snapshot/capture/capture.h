#pragma once

/* Statuses that build/snapshot/heap/capture.py knows: blocks to be freed are in use, and are listed in the snapshot's place; the
 * imports need more room; a handler cannot be imported at all (entry/snapshot/prepare.py). Any other: refused. */
enum { CAPTURE_MISPLACED = 3, CAPTURE_FULL = 4, CAPTURE_BROKEN = 5 };
__attribute__((noreturn)) void capture(const char *path);
