#ifndef FN_SUPERVISE_H
#define FN_SUPERVISE_H

#include "shared/settings.h"

int supervise(const struct settings *settings, int argc, char **argv);

#endif
