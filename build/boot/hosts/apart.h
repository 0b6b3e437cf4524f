#ifndef FN_APART_H
#define FN_APART_H

#include <stdbool.h>

bool apart_open(void); /* false: errno says why not */
void apart(void (*work)(void));

#endif
