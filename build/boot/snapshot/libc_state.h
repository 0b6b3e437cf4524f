#pragma once

#include <stdbool.h>

bool libc_state_record_actions(void); /* false: there are too many */
bool libc_state_restore(void);
