#ifndef FN_CAPTURE_H
#define FN_CAPTURE_H

enum { TAKE_MISPLACED = 3 }; /* status: pieces to be freed are in use; build/snapshot/capture.py reads which */
__attribute__((noreturn)) void take(const char *path);

#endif
