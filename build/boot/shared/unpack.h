/* Where an object can lie so that the loader takes it: in memory, or in a folder. */
#pragma once

#include "shared/place.h"

enum { REASONS_MAX = PATH_MAX + 256 };
#define UNPACK_ADVICE "allow memfd_create and /proc, or name a folder with FN_TMP_DIR that is writable and not mounted noexec"
/* A new file with the object, in `folder` or in memory, of which it was seen that it can be loaded; its descriptor, or -1. */
int unpack_into(const char *folder, const struct object *object, char path[PLACE_MAX], const char **reason);
/* The same in a folder that it makes, or -1 and appends to the reasons why not in each place. */
int unpack_open(const struct object *object, const char *exchange, char path[PLACE_MAX], char reasons[REASONS_MAX]);
/* A folder on which all processes of the function agree, made when the first wants it; NULL: the reasons say why not. */
const char *unpack_shared(char reasons[REASONS_MAX]);
/* Chooses where the loader's files go, in a process that was restored: BUNDLED->folder. */
const char *unpack_choose(void);
