#ifndef FN_LIBC_STATE_H
#define FN_LIBC_STATE_H

#include <stdbool.h>

void replay_record_actions(void);
bool replay(void);

#endif
