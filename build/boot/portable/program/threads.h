#pragma once

/* How many threads would be missing in a run; `libraries` becomes the names of those that have started them. */
int threads_missed(const char **libraries);

/* In the fork: clears what threads that it does without have left on their stacks. */
void threads_clear_stacks(void);
