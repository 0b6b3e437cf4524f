#ifndef FN_PROFILE_H
#define FN_PROFILE_H

__attribute__((noreturn)) void rehearse(const char *path);

#endif
