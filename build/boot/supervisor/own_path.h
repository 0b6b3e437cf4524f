#ifndef FN_OWN_PATH_H
#define FN_OWN_PATH_H

const char *own_path(void); /* empty: not known. In a bundled program portable/program/ has it, from the launcher */

#endif
