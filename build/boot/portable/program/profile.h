#ifndef FN_PROCESS_PROFILE_H
#define FN_PROCESS_PROFILE_H

/* Does one run, and writes how many pages it has written, and their addresses. */
__attribute__((noreturn)) void profile(int to);

#endif
