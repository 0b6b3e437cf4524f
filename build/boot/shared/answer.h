/* Functions that stand before libc's own: in the portable link because the program is the first place where the bundled
 * loader looks functions up, in the static one (FN_STATIC) because the linker wraps all that are marked so
 * (build/link/linker_script.py). */
#pragma once

#ifdef FN_STATIC
#define ANSWER(type, function) type __wrap_##function
#define NEXT(function) __extension__({ extern __typeof__(function) __real_##function; __real_##function; })
#else
#include <dlfcn.h>
#define ANSWER(type, function) __attribute__((visibility("default"))) type function
#define NEXT(function) ((__typeof__(function) *)dlsym(RTLD_NEXT, #function)) /* libc's own */
#endif
