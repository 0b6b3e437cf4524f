#ifndef FN_SPARSE_H
#define FN_SPARSE_H

void sparse_lift(char *heap_end);
void sparse_restore(void);

#endif
