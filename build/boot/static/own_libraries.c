/* libc opens no shared objects: those of the machine are made for another libc, and bring it into the process. It looks for
 * the sources of names that /etc/nsswitch.conf lists beside `files` and `dns`, which are in libc itself, for tables of
 * charsets, and for the library of international names. What is not there is passed over, as on a machine without them. */
#include "shared/answer.h"

#include <errno.h>
#include <stddef.h>

ANSWER(void *, __libc_dlopen_mode)(const char *name, int mode)
{
    (void)name, (void)mode;
    errno = ENOENT; /* any other would be an error of the look-up itself */
    return NULL;
}
