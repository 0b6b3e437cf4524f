#pragma once

#include <stdbool.h>

bool private_tmp_make(void);     /* the function's: an empty /tmp that no other process sees; false: errno says why not */
bool private_tmp_possible(void); /* tries it in a process of its own; false: the same */
