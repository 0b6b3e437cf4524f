#pragma once

#include <stdbool.h>
#include <stddef.h>

struct stat;
size_t descendant_room(void); /* bytes that descendant_mark wants */
void descendant_mark(const char *data_dir, char **copy); /* the environment becomes `copy`, with the mark of this run */
bool descendant_is_marked(void); /* whether this process was started by a run */
bool descendant_of(const struct stat *exchange); /* whether this process was started by a run on it */
/* Whether the file was started as one starts `python`; the first by the arguments alone, before main. */
bool descendant_may_be_interpreter(int argc, char **argv, char **environment);
bool descendant_is_interpreter(int argc, char **argv, const char *data_dir);
