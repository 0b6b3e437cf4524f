#ifndef FN_PROFILE_H
#define FN_PROFILE_H

__attribute__((noreturn)) void profile(const char *path);

#endif
