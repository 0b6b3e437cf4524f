#ifndef FN_LIBC_STATE_H
#define FN_LIBC_STATE_H

#include <stdbool.h>

bool libc_state_record_actions(void); /* false: there are too many */
bool libc_state_restore(void);

#endif
