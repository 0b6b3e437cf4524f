#ifndef FN_ARENAS_H
#define FN_ARENAS_H

void arenas_install(void); /* before the interpreter is initialized */

#endif
