/* A relative path as one that holds in whatever folder it is used. Nothing is looked up, so the name need not exist. */
#include "shared/absolute_path.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool absolute_path(const char *name, char path[PATH_MAX])
{
    if (!getcwd(path, PATH_MAX))
        return false;
    size_t length = strlen(path), room = PATH_MAX - length;
    if (!strncmp(name, "./", 2))
        name += 2;
    return snprintf(path + length, room, "%s%s", length > 1 ? "/" : "", name) < (int)room;
}
