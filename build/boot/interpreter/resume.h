#pragma once

struct _object;
int resume_in_python(struct _object *function, int argc, char **argv); /* the exit status */
