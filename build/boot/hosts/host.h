#ifndef FN_HOST_H
#define FN_HOST_H

int host_run(int argc, char **argv); /* the exit status */

#endif
