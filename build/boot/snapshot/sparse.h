#pragma once

void sparse_lift(char *heap_end);
void sparse_restore(void);
