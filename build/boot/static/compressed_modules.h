#ifndef FN_COMPRESSED_MODULES_H
#define FN_COMPRESSED_MODULES_H

struct _object;
struct _object *packed_code(const char *name) __attribute__((weak)); /* a code object; not in the portable link */

#endif
