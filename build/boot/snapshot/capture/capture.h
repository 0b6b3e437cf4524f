#ifndef FN_CAPTURE_H
#define FN_CAPTURE_H

/* Statuses that build/snapshot/capture.py knows: pieces to be freed are in use, and are listed in the image's place; the
 * imports need more room; a handler cannot be imported at all (entry/snapshot/prepare.py). Any other: refused. */
enum { TAKE_MISPLACED = 3, TAKE_FULL = 4, TAKE_BROKEN = 5 };
__attribute__((noreturn)) void take(const char *path);

#endif
