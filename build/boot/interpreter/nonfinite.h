#ifndef FN_NONFINITE_H
#define FN_NONFINITE_H

#include <stdbool.h>

struct _object;
bool may_hold_nonfinite(struct _object *value);

#endif
