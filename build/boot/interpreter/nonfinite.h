#pragma once

#include <stdbool.h>

struct _object;
bool may_hold_nonfinite(struct _object *value);
