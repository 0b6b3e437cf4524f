/* What Direktiv says of a request in its headers, for log lines: by these fields its main branch finds the lines of an
 * instance on stdout. Older ones send no namespace, and take log lines by sidecar_log.c alone. */
#include "hosts/serve/direktiv.h"

#include "hosts/http/request.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name, *header;
} fields[] = {
    {"namespace", "direktiv-namespace"}, {"id", "direktiv-actionid"}, {"path", "direktiv-path"},
    {"invoker", "direktiv-invoker"},     {"state", "direktiv-state"}, {"status", "direktiv-status"},
};

static size_t add(char labels[LABELS_MAX], size_t used, const char *name, const char *value)
{
    size_t first = strlen(name) + 1, second = strlen(value) + 1;
    if (used + first + second >= LABELS_MAX)
        return used; /* longer than any of Direktiv's */
    memcpy(labels + used, name, first);
    memcpy(labels + used + first, value, second);
    return used + first + second;
}

void direktiv_labels(char labels[LABELS_MAX], const struct connection *connection)
{
    size_t used = 0;
    labels[0] = 0;
    if (!request_header(connection, "direktiv-actionid") || !request_header(connection, "direktiv-namespace"))
        return;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *value = request_header(connection, fields[i].header);
        if (value)
            used = add(labels, used, fields[i].name, value);
    }
    used = add(labels, used, "scope", "instance");
    labels[used] = 0;
}
