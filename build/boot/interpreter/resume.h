#ifndef FN_RESUME_H
#define FN_RESUME_H

struct _object;
int resume_in_python(struct _object *function, int argc, char **argv); /* the exit status */

#endif
