/* The features of the processor, as libc found them when the process started, less what GLIBC_TUNABLES takes away. What
 * was imported for a snapshot has chosen its code by them. */
#include "shared/processor.h"

#include <string.h>
#include <sys/platform/x86.h>

void processor_features(uint32_t features[PROCESSOR_LEAVES][4])
{
    for (unsigned i = 0; i < PROCESSOR_LEAVES; i++)
        memcpy(features[i], __x86_get_cpuid_feature_leaf(i)->active_array, sizeof features[i]);
}

bool processor_lacks(const uint32_t features[PROCESSOR_LEAVES][4])
{
    uint32_t here[PROCESSOR_LEAVES][4];
    processor_features(here);
    for (unsigned i = 0; i < PROCESSOR_LEAVES; i++)
        for (unsigned k = 0; k < 4; k++)
            if (features[i][k] & ~here[i][k])
                return true;
    return false;
}
