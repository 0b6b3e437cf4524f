#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PROCESSOR_LEAVES = 9 };
void processor_features(uint32_t features[PROCESSOR_LEAVES][4]);
bool processor_lacks(const uint32_t features[PROCESSOR_LEAVES][4]); /* any of these */
