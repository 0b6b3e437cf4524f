#ifndef FN_RESEED_H
#define FN_RESEED_H

#include <stdbool.h>

bool reseed_openssl(void); /* false: it has no seed now */
void reseed_sqlite(void);

#endif
