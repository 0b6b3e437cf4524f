#pragma once

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/types.h>

struct report;
struct function {
    pid_t process; /* 0: none was started */
    bool ended;
    int status; /* of waitpid */
    LIST_ENTRY(function) listed; /* among those that have not ended */
};
/* What its process begins with; a descriptor of -1: nothing. */
struct beginning {
    struct report *report;
    const char *data_dir; /* NULL: it has no exchange */
    int log_write, input, output;
};
extern bool function_private_tmp; /* whether functions have a /tmp of their own */
extern struct rlimit function_files; /* the limit of descriptors that they get, when it is not the supervisor's */
extern int function_files_before;     /* no number of a descriptor of the supervisor is higher, as a rule */
/* What a function begins with that does not depend on its run: no signal is ignored, and what it starts is marked as its own
 * (descendant.h), in a copy of the environment, for which there has to be room as long as the process lives. */
void function_begin(const char *data_dir, void *room);
size_t function_room(void);
bool function_start(struct function *function, const struct beginning *with, int argc, char **argv); /* false: errno says why */
void function_send(struct function *function, int number); /* nothing once it has been reaped: its number may be another's */
void function_kill(struct function *function); /* with its group */
void function_reap(void);                      /* whatever has ended, functions or not */
void function_await_end(struct function *function);
void function_note_strangers(void); /* children that this process has before its first function, of `sh -c "x & exec fn"` */
void function_end_orphans(void); /* what functions have left behind, and has become the supervisor's own; without /proc it lives */
