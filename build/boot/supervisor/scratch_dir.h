#ifndef FN_SCRATCH_DIR_H
#define FN_SCRATCH_DIR_H

void unpacked_remove(void);
void unpacked_tell(void); /* the log, if the function could not */

#endif
