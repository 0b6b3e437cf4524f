/* Functions that stand before libc's own: in the portable link because the program is the first place where the bundled
 * loader looks functions up, in the static one (FN_STATIC) because the linker wraps all that are marked so
 * (build/link/linker_script.py). A twin is the same function by a second name: lengths of files have 64 bits here anyway, so
 * that open64 is open. */
#pragma once

#ifdef FN_STATIC
#define ANSWER(type, function) type __wrap_##function
#define ANSWER_TWIN(function, twin) extern __typeof__(__wrap_##function) __wrap_##twin __attribute__((alias("__wrap_" #function)))
#define NEXT(function) __extension__({ extern __typeof__(function) __real_##function; __real_##function; })
#else
#include <dlfcn.h>
#define ANSWER(type, function) __attribute__((visibility("default"))) type function
#define ANSWER_TWIN(function, twin) extern __typeof__(function) twin __attribute__((visibility("default"), alias(#function)))
#define NEXT(function) ((__typeof__(function) *)dlsym(RTLD_NEXT, #function)) /* libc's own */
#endif
