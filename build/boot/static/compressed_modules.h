#pragma once

struct _object;
struct module;
struct _object *packed_code(const struct module *module) __attribute__((weak)); /* not in the portable link */
