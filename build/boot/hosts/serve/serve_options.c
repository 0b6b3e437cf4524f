/* What `fn serve` was asked for: arguments, else variables, judged at once. */
#include "hosts/serve/serve_options.h"

#include "shared/report.h"
#include "shared/settings.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool complain(struct serve *serve, const char *format, const char *arg)
{
    snprintf(serve->complaint, sizeof serve->complaint, format, arg);
    return false;
}

struct option {
    const char *name, *variable, *other_variable;
    enum { TEXT, NUMBER, SIZE, SECONDS, SWITCH } kind;
    void *place;
    unsigned most;
};

static bool read_number(const char *text, uint64_t *number)
{
    size_t digits = strspn(text, "0123456789");
    *number = strtoull(text, NULL, 10);
    return digits > 0 && digits < 12 && !text[digits];
}

/* Bytes, with K, M or G behind them for 1024 and its powers. */
static bool read_size(const char *text, uint64_t *size)
{
    static const char units[] = "KMG";
    char digits[16];
    size_t length = strlen(text);
    const char *unit = length ? strchr(units, text[length - 1]) : NULL;
    if (unit && *unit)
        length--;
    if (length >= sizeof digits)
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int)length, text);
    if (!read_number(digits, size))
        return false;
    *size <<= unit && *unit ? 10 * (unit - units + 1) : 0;
    return *size <= 1ULL << 40;
}

static bool set_option(struct serve *serve, const struct option *option, const char *name, const char *value)
{
    uint64_t number;
    switch (option->kind) {
    case TEXT:
        *(const char **)option->place = value;
        return true;
    case NUMBER:
        if (!read_number(value, &number) || number > option->most)
            return complain(serve, "%s: expected a whole number that is not too large", name);
        *(unsigned *)option->place = (unsigned)number;
        return true;
    case SIZE:
        return read_size(value, option->place) || complain(serve, "%s: expected a size such as 500K, 32M or 1G", name);
    case SECONDS:
        return seconds_of(value, option->place) || complain(serve, "%s: expected seconds such as 30 or 0.5", name);
    default:
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            return complain(serve, "%s: expected 0 or 1", name);
        *(bool *)option->place = *value == '1';
        return true;
    }
}

static const struct option *find(const struct option *options, const char *arg)
{
    size_t length = strcspn(arg, "=");
    while (options->name && (strlen(options->name) != length || strncmp(options->name, arg, length) != 0))
        options++;
    return options->name ? options : NULL;
}

static bool read_variables(struct serve *serve, const struct option *options)
{
    for (const struct option *each = options; each->name; each++) {
        const char *name = each->variable, *value = getenv(name);
        if ((!value || !*value) && each->other_variable)
            value = getenv(name = each->other_variable);
        if (value && *value && !set_option(serve, each, name, value))
            return false;
    }
    return true;
}

static bool read_args(struct serve *serve, const struct option *options, char **args)
{
    const char *named = NULL;
    for (; *args; args++) {
        const struct option *option = args[0][0] == '-' ? find(options, *args) : NULL;
        const char *value = strchr(*args, '=');
        if (args[0][0] != '-') {
            if (named)
                return complain(serve, "one handler can be named: what is %.64s?", *args);
            serve->handler = named = *args;
            continue;
        }
        if (!option)
            return complain(serve, "%.64s: no such option of `fn serve`; see fn --help", *args);
        if (option->kind == SWITCH)
            *(bool *)option->place = true;
        else if (!value && !args[1])
            return complain(serve, "%s: a value is missing", option->name);
        else if (!set_option(serve, option, option->name, value ? value + 1 : *++args))
            return false;
    }
    return true;
}

bool serve_read(struct serve *serve, char **args)
{
    const char *format = "json";
    const struct option options[] = {
        {"--port", "FN_PORT", "PORT", NUMBER, &serve->port, 65535},
        {"--metrics-port", "FN_METRICS_PORT", NULL, NUMBER, &serve->metrics_port, 65535},
        {"--address", "FN_ADDRESS", NULL, TEXT, &serve->address, 0},
        {"--workers", "FN_WORKERS", NULL, NUMBER, &serve->workers, WORKERS_MOST},
        {"--spares", "FN_SPARES", NULL, NUMBER, &serve->spares, WORKERS_MOST},
        {"--queue", "FN_QUEUE", NULL, NUMBER, &serve->queue, CONNECTIONS_MOST},
        {"--max-body", "FN_MAX_BODY", NULL, SIZE, &serve->max_body, 0},
        {"--timeout", "FN_TIMEOUT", NULL, SECONDS, &serve->timeout, 0},
        {"--drain", "FN_DRAIN", NULL, SECONDS, &serve->drain, 0},
        {"--log-format", "FN_LOG_FORMAT", NULL, TEXT, &format, 0},
        {"--access-log", "FN_ACCESS_LOG", NULL, SWITCH, &serve->access_log, 0},
        {"--private-tmp", "FN_PRIVATE_TMP", NULL, SWITCH, &serve->private_tmp, 0},
        {NULL, NULL, NULL, TEXT, NULL, 0},
    };
    const char *handler = getenv("FN_HANDLER");
    serve->handler = handler && *handler ? handler : NULL;
    if (!read_variables(serve, options) || !read_args(serve, options, args))
        return false;
    if (strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
        return complain(serve, "%s: expected json or text", "--log-format");
    serve->text_log = *format == 't';
    if (serve->handler && (!*serve->handler || strlen(serve->handler) >= HANDLER_MAX))
        return complain(serve, "%.32s...: no handler has such a name", serve->handler);
    struct in6_addr address;
    if (serve->address && inet_pton(AF_INET6, serve->address, &address) != 1 && inet_pton(AF_INET, serve->address, &address) != 1)
        return complain(serve, "%s: expected an IPv4 or IPv6 address, such as 127.0.0.1 or ::1", "--address");
    if (!serve->workers)
        return complain(serve, "%s: expected at least 1", "--workers");
    if (serve->spares > serve->workers)
        serve->spares = serve->workers;
    return true;
}
