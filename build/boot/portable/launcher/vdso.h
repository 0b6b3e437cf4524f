#ifndef FN_VDSO_H
#define FN_VDSO_H

#include <stdint.h>

uint64_t vdso_function(const char *name); /* its address, or 0 */

#endif
