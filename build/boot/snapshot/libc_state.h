#ifndef FN_LIBC_STATE_H
#define FN_LIBC_STATE_H

#include <stdbool.h>

bool replay_record_actions(void); /* false: there are too many */
bool replay(void);

#endif
