#ifndef FN_CHILD_H
#define FN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

extern struct function {
    pid_t process; /* 0: none was started */
    bool ended;
    int status; /* of waitpid */
} function;
bool function_start(const char *data_dir, int log_write, int argc, char **argv); /* false: errno says why */
void function_send(int number); /* nothing once it has been reaped: its number may be another process's by then */
void function_kill(void);       /* with its group */
void function_reap(void);       /* and whatever else has ended */
void function_await_end(void);

#endif
