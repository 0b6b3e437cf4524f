/* libc's static start looks up where the file lies, to find libraries beside it: the answer of /proc takes 10 us in a process
 * that is new. No file has any there. */
#include "shared/answer.h"

ANSWER(const char *, _dl_get_origin)(void)
{
    return (const char *)-1; /* not known */
}
