#pragma once

#include <stdbool.h>
#include <stddef.h>

struct settings {
    const char *question; /* to be answered in place of a run; NULL: none */
    const char *handler;  /* NULL: none was named */
    const char *data_dir, *level;
    double timeout; /* seconds; 0: none */
    double linger;
    double drain_delay;
    bool tee;
    char **words;       /* as they were given */
    char problem[1024]; /* what was wrong with them: an error of the run; or empty */
};
/* From the words behind the name of the program and from the environment. Other hosts than the isolated one read their
 * words themselves (`hosted`): only a question counts among these. */
void settings_read(struct settings *settings, char **words, bool hosted);
void settings_use(const struct settings *settings);  /* those of this process from now on */
const struct settings *settings_own(void);           /* at build time, when there are none: those of the environment */
/* For Python (entry/runtime/settings.py): texts, each with a zero behind it. How long all are; written if there is room. */
size_t settings_write(const struct settings *settings, char *text, size_t room);
bool seconds_of(const char *text, double *seconds); /* false: it is none, and they are 0 */
