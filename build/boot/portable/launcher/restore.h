#ifndef FN_PROCESS_RESTORE_H
#define FN_PROCESS_RESTORE_H

/* Goes on in the snapshot. Returns when it cannot be restored: why; nothing of it is left then. */
const char *process_restore(int argc, char **argv);

#endif
