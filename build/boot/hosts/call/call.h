#ifndef FN_CALL_H
#define FN_CALL_H

int call_run(int argc, char **argv); /* the exit status */

#endif
