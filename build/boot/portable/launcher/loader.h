#pragma once

#include <link.h>

const ElfW(auxv_t) *loader_given_by_kernel(void); /* the auxiliary vector of this process */
char *loader_map(int fd); /* its base address */
__attribute__((noreturn)) void loader_enter(char *base, char **argv);
__attribute__((noreturn)) void loader_enter_hole(char *base, char **argv); /* the same for a snapshot */
