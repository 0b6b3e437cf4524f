#ifndef FN_SETTINGS_H
#define FN_SETTINGS_H

#include <stdbool.h>

struct settings {
    const char *data_dir;
    double timeout; /* seconds; 0: none */
    double linger;
    double drain_delay;
    bool tee;
};
struct settings settings_read(int argc, char **argv);
bool settings_ask_for_information(int argc, char **argv);
bool seconds_of(const char *text, double *seconds); /* false: it is none, and they are 0 */

#endif
