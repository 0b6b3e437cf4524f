#pragma once

#include "shared/settings.h"

int supervise(const struct settings *settings, int argc, char **argv);
