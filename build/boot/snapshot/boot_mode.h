#ifndef FN_BOOT_MODE_H
#define FN_BOOT_MODE_H

#include "snapshot/format.h"

#include <stdbool.h>
#include <stdint.h>

enum boot { BOOT_COLD, BOOT_WARM, BOOT_TAKE };
extern enum boot boot;          /* decided before main */
extern const char *boot_reason; /* of a cold boot */
extern bool boot_fell_back;     /* there is an image, nobody asked for a cold boot, and yet it is one */

const unsigned char *image_build_id(void);

#endif
