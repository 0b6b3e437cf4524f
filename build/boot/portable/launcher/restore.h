#pragma once

#include <stdbool.h>

/* Goes on in the snapshot. Returns when it cannot be restored: why; nothing of it is left then. */
bool process_pause(void); /* template_pause, called from the snapshot */
const char *process_restore(int argc, char **argv);
