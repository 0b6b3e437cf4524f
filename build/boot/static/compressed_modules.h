#ifndef FN_COMPRESSED_MODULES_H
#define FN_COMPRESSED_MODULES_H

struct _object;
struct module;
struct _object *packed_code(const struct module *module) __attribute__((weak)); /* not in the portable link */

#endif
