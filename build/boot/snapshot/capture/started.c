/* What libc allocates for the threads that an import starts is not in the snapshot of a static file: libc keeps it for the next
 * thread, with addresses of its own. They take turns (snapshot/threads/turns.c). */
#include "snapshot/capture/started.h"

#include "shared/answer.h"
#include "snapshot/boot_mode.h"
#include "snapshot/threads/turns.h"

#include <pthread.h>

static __thread bool is_starting_one;

bool started_allocates(void)
{
    return is_starting_one;
}

ANSWER(int, pthread_create)
(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *argument)
{
    is_starting_one = true;
    int problem = NEXT(pthread_create)(thread, attributes, function, argument);
    is_starting_one = false;
    if (boot == BOOT_CAPTURE)
        turns_pass();
    return problem;
}
