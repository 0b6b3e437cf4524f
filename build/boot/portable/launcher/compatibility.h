#pragma once

#include <stdbool.h>

bool process_is_to_be_cold(void); /* somebody has asked for it */
const char *process_incompatibility(void); /* why the snapshot cannot be restored here, or NULL */
