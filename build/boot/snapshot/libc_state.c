/* What libc holds for the interpreter and its libraries: keys of thread-local values, fork handlers, signal actions.
 * libc is not part of the snapshot, so they are recorded while the snapshot is taken and made again after a restore. */
#include "snapshot/libc_state.h"

#include "shared/answer.h"
#include "snapshot/boot_mode.h"
#include "snapshot/format.h"

#include <stdlib.h>
#include <string.h>

static uint64_t live; /* keys of this process: a constructor may have made some before the restore */

ANSWER(int, pthread_key_create)(pthread_key_t *key, void (*destroy)(void *))
{
    int error = NEXT(pthread_key_create)(key, destroy);
    if (error)
        return error;
    if (*key < KEYS_MAX)
        live |= 1UL << *key;
    if (boot == BOOT_CAPTURE) {
        if (*key >= KEYS_MAX)
            abort();
        SNAPSHOT->keys[*key].used = true;
        SNAPSHOT->keys[*key].destroy = destroy;
        if (*key >= SNAPSHOT->key_count)
            SNAPSHOT->key_count = *key + 1;
    }
    return 0;
}

ANSWER(int, pthread_key_delete)(pthread_key_t key)
{
    if (key < KEYS_MAX) {
        live &= ~(1UL << key);
        if (boot == BOOT_CAPTURE)
            SNAPSHOT->keys[key].used = false;
    }
    return NEXT(pthread_key_delete)(key);
}

ANSWER(int, pthread_atfork)(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    if (boot == BOOT_CAPTURE) {
        if (SNAPSHOT->atfork_count == ATFORK_MAX)
            abort();
        SNAPSHOT->atfork[SNAPSHOT->atfork_count].prepare = prepare;
        SNAPSHOT->atfork[SNAPSHOT->atfork_count].parent = parent;
        SNAPSHOT->atfork[SNAPSHOT->atfork_count++].child = child;
    }
    return NEXT(pthread_atfork)(prepare, parent, child);
}

bool libc_state_record_actions(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) || action.sa_handler == SIG_DFL)
            continue;
        if (SNAPSHOT->action_count == ACTIONS_MAX)
            return false;
        struct sigaction *kept = &SNAPSHOT->actions[SNAPSHOT->action_count].action;
        kept->sa_handler = action.sa_handler;
        kept->sa_flags = action.sa_flags;
        memcpy(&kept->sa_mask, &action.sa_mask, NSIG / 8); /* libc leaves the rest of it unset */
        SNAPSHOT->actions[SNAPSHOT->action_count++].number = number;
    }
    return true;
}

/* Keys get the numbers that they had: the snapshot holds the numbers. */
bool libc_state_restore(void)
{
    for (unsigned i = 0; i < SNAPSHOT->key_count; i++) {
        pthread_key_t key;
        if (!(live >> i & 1) && (NEXT(pthread_key_create)(&key, SNAPSHOT->keys[i].destroy) || key != i))
            return false;
    }
    for (unsigned i = 0; i < SNAPSHOT->key_count; i++)
        if (!SNAPSHOT->keys[i].used)
            NEXT(pthread_key_delete)(i);
    for (unsigned i = 0; i < SNAPSHOT->atfork_count; i++)
        if (NEXT(pthread_atfork)(SNAPSHOT->atfork[i].prepare, SNAPSHOT->atfork[i].parent, SNAPSHOT->atfork[i].child))
            return false;
    for (unsigned i = 0; i < SNAPSHOT->action_count; i++)
        sigaction(SNAPSHOT->actions[i].number, &SNAPSHOT->actions[i].action, NULL);
    return true;
}
