#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { NO_PORT = 1 << 16 };
enum { WORKERS_MOST = 1000, CONNECTIONS_MOST = 12 * 1024 };
struct serve {
    const char *handler; /* NULL: the path names it */
    const char *address;
    unsigned metrics_port; /* NO_PORT: there are no metrics */
    unsigned port, workers, spares, queue;
    uint64_t max_body;
    double timeout, drain;
    bool text_log, access_log, private_tmp;
};
extern struct serve serve;
const char *serve_read(struct serve *serve, char **args); /* NULL, or a complaint */
