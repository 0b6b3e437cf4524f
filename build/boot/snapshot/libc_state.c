/* What libc holds for the interpreter and its libraries: keys of thread-local values, fork handlers, signal actions.
 * libc is not part of the image, so they are recorded while the snapshot is taken and made again after a restore. */
#include "snapshot/libc_state.h"

#include "snapshot/boot_mode.h"
#include "snapshot/format.h"

#include <stdlib.h>
#include <string.h>

int __real_pthread_key_create(pthread_key_t *, void (*)(void *));
int __real_pthread_key_delete(pthread_key_t);
int __real_pthread_atfork(void (*)(void), void (*)(void), void (*)(void));
int __wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *));
int __wrap_pthread_key_delete(pthread_key_t key);
int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

static uint64_t live; /* keys of this process: a constructor may have made some before the replay */

int __wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *))
{
    int error = __real_pthread_key_create(key, destroy);
    if (error)
        return error;
    if (*key < KEYS_MAX)
        live |= 1UL << *key;
    if (boot == BOOT_TAKE) {
        if (*key >= KEYS_MAX)
            abort();
        IMAGE->keys[*key].used = true;
        IMAGE->keys[*key].destroy = destroy;
        if (*key >= IMAGE->key_count)
            IMAGE->key_count = *key + 1;
    }
    return 0;
}

int __wrap_pthread_key_delete(pthread_key_t key)
{
    if (key < KEYS_MAX) {
        live &= ~(1UL << key);
        if (boot == BOOT_TAKE)
            IMAGE->keys[key].used = false;
    }
    return __real_pthread_key_delete(key);
}

int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    if (boot == BOOT_TAKE) {
        if (IMAGE->atfork_count == ATFORK_MAX)
            abort();
        IMAGE->atfork[IMAGE->atfork_count].prepare = prepare;
        IMAGE->atfork[IMAGE->atfork_count].parent = parent;
        IMAGE->atfork[IMAGE->atfork_count++].child = child;
    }
    return __real_pthread_atfork(prepare, parent, child);
}

bool replay_record_actions(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) || action.sa_handler == SIG_DFL)
            continue;
        if (IMAGE->action_count == ACTIONS_MAX)
            return false;
        struct sigaction *kept = &IMAGE->actions[IMAGE->action_count].action;
        kept->sa_handler = action.sa_handler;
        kept->sa_flags = action.sa_flags;
        memcpy(&kept->sa_mask, &action.sa_mask, NSIG / 8); /* libc leaves the rest of it unset */
        IMAGE->actions[IMAGE->action_count++].number = number;
    }
    return true;
}

/* Keys get the numbers that they had: the image holds the numbers. */
bool replay(void)
{
    for (unsigned i = 0; i < IMAGE->key_count; i++) {
        pthread_key_t key;
        if (!(live >> i & 1) && (__real_pthread_key_create(&key, IMAGE->keys[i].destroy) || key != i))
            return false;
    }
    for (unsigned i = 0; i < IMAGE->key_count; i++)
        if (!IMAGE->keys[i].used)
            __real_pthread_key_delete(i);
    for (unsigned i = 0; i < IMAGE->atfork_count; i++)
        if (__real_pthread_atfork(IMAGE->atfork[i].prepare, IMAGE->atfork[i].parent, IMAGE->atfork[i].child))
            return false;
    for (unsigned i = 0; i < IMAGE->action_count; i++)
        sigaction(IMAGE->actions[i].number, &IMAGE->actions[i].action, NULL);
    return true;
}
