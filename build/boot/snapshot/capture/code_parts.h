#ifndef FN_CODE_PARTS_H
#define FN_CODE_PARTS_H

void code_parts_release(void);

#endif
