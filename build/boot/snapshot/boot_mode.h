#pragma once

#include "snapshot/format.h"

#include <stdbool.h>
#include <stdint.h>

enum boot { BOOT_COLD, BOOT_WARM, BOOT_CAPTURE };
extern enum boot boot;          /* decided before main */
extern const char *boot_reason; /* of a cold boot */
extern bool boot_fell_back;     /* there is a snapshot, nobody asked for a cold boot, and yet it is one */

const unsigned char *snapshot_build_id(void);
