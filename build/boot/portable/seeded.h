/* Random numbers of a snapshot, made of its seed: the same in each capture of a build. */
#pragma once

#include <stdint.h>

/* splitmix64 */
static inline uint64_t seeded(uint64_t seed, uint64_t index)
{
    uint64_t number = seed + 0x9e3779b97f4a7c15U * index;
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9U;
    number = (number ^ number >> 27) * 0x94d049bb133111ebU;
    return number ^ number >> 31;
}
