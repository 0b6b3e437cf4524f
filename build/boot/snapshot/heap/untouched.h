#pragma once

#include "snapshot/heap/placement.h"

enum section untouched_section(void *block, size_t length);
