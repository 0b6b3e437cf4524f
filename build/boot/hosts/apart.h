#pragma once

#include <stdbool.h>

bool apart_open(void); /* false: errno says why not */
void apart(void (*work)(void));
