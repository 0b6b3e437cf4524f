/* Here, since the variables of this folder are no part of a static file's snapshot: 20 KB in each file would be zeros. */
#include "snapshot/heap/drawn_bytes.h"

unsigned char drawn_bytes[RANGES][LONGEST];
double noted_times[NOTED_TIMES];
