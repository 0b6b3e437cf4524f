#pragma once

#include <stdbool.h>

bool reseed_openssl(void); /* false: it has no seed now */
void reseed_sqlite(void);
