#ifndef FN_RESTORE_H
#define FN_RESTORE_H

void restore_attach(void);
int restore_and_run(int argc, char **argv);

#endif
