/* A snapshot is of an interpreter whose imports have seen no variable. One that they have looked for and that is set now
 * would change what they did: the boot is cold then. Called before libc is ready, and before a snapshot is mapped. */
#include "shared/import_variables.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether the variable is set, or one of those that begin so, for a name with an asterisk. */
static bool is_set(const char *name, char **environment)
{
    size_t length = strlen(name);
    bool is_prefix = name[length - 1] == '*';
    length -= is_prefix;
    for (; *environment; environment++)
        if (!strncmp(*environment, name, length) && (is_prefix || (*environment)[length] == '='))
            return true;
    return false;
}

const char *import_variables_differ(const char *list, char **environment)
{
    static char reason[512];
    for (const char *name = list, *place; *name; name = place + strlen(place) + 1) {
        place = name + strlen(name) + 1;
        if (!is_set(name, environment))
            continue;
        const char *const parts[] = {"the variable ", name, " is set, which an import reads (", place, ")"};
        char *end = reason, *last = reason + sizeof reason - 1;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            for (const char *next = parts[i]; *next && end < last;)
                *end++ = *next++;
        *end = 0;
        return reason;
    }
    return NULL;
}
