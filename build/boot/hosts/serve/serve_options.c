/* What `fn serve` was asked for: arguments, else variables, judged at once. */
#include "hosts/serve/serve_options.h"

#include "hosts/options.h"
#include "shared/report.h"

#include <arpa/inet.h>
#include <string.h>

const char *serve_read(struct serve *serve, char **args)
{
    const char *format = "json";
    const struct option options[] = {
        {"--port", NUMBER, &serve->port, "FN_PORT", "PORT", 65535},
        {"--metrics-port", NUMBER, &serve->metrics_port, "FN_METRICS_PORT", NULL, 65535},
        {"--address", TEXT, &serve->address, "FN_ADDRESS", NULL, 0},
        {"--workers", NUMBER, &serve->workers, "FN_WORKERS", NULL, WORKERS_MOST},
        {"--spares", NUMBER, &serve->spares, "FN_SPARES", NULL, WORKERS_MOST},
        {"--queue", NUMBER, &serve->queue, "FN_QUEUE", NULL, CONNECTIONS_MOST},
        {"--max-body", SIZE, &serve->max_body, "FN_MAX_BODY", NULL, 0},
        {"--timeout", SECONDS, &serve->timeout, "FN_TIMEOUT", NULL, 0},
        {"--drain", SECONDS, &serve->drain, "FN_DRAIN", NULL, 0},
        {"--log-format", TEXT, &format, "FN_LOG_FORMAT", NULL, 0},
        {"--access-log", SWITCH, &serve->access_log, "FN_ACCESS_LOG", NULL, 0},
        {"--private-tmp", SWITCH, &serve->private_tmp, "FN_PRIVATE_TMP", NULL, 0},
        {.name = NULL},
    };
    const char *complaint = options_read("serve", options, &serve->handler, args);
    if (complaint)
        return complaint;
    if (strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
        return "--log-format: expected json or text";
    serve->text_log = *format == 't';
    if (serve->handler && (!*serve->handler || strlen(serve->handler) >= HANDLER_MAX))
        return options_complain("%.32s...: no handler has such a name", serve->handler);
    struct in6_addr address;
    if (serve->address && inet_pton(AF_INET6, serve->address, &address) != 1 && inet_pton(AF_INET, serve->address, &address) != 1)
        return "--address: expected an IPv4 or IPv6 address, such as 127.0.0.1 or ::1";
    if (!serve->workers)
        return "--workers: expected at least 1";
    if (serve->spares > serve->workers)
        serve->spares = serve->workers;
    return NULL;
}
