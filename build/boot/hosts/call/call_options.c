/* What `fn call` was asked for. Unlike a run of the isolated host it has somebody who waits for its exit status, so a wrong
 * call is refused here, at once, in words. */
#include "hosts/call/call_options.h"

#include "shared/report.h"
#include "shared/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool complain(struct call *call, const char *format, const char *arg)
{
    snprintf(call->complaint, sizeof call->complaint, format, arg);
    return false;
}

static bool set_value(struct call *call, const char *option, const char *value)
{
    const struct {
        const char *option;
        const char **place;
    } texts[] = {
        {"--input", &call->input}, {"--output", &call->output}, {"--log", &call->log}, {"--error", &call->error},
        {"--timeout", &call->seconds},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strcmp(option, texts[i].option)) {
            if (!value)
                return complain(call, "%s: a value is missing", option);
            if (!*value)
                return complain(call, "%s: the value is empty", option);
            *texts[i].place = value;
            return true;
        }
    return complain(call, "%s: no such option of `fn call`; see fn --help", option);
}

/* One option, and the number of words that it takes; 0: a complaint. */
static int read_option(struct call *call, char **args)
{
    char option[32];
    const char *value = strchr(args[0], '=');
    size_t length = value ? (size_t)(value - args[0]) : strlen(args[0]);
    if (!strcmp(args[0], "--quiet"))
        return call->quiet = true;
    snprintf(option, sizeof option, "%.*s", (int)length, args[0]);
    if (!set_value(call, option, value ? value + 1 : args[1]))
        return 0;
    return value ? 1 : 2;
}

static bool set_handler(struct call *call, const char *name)
{
    if (call->handler)
        return complain(call, "one handler can be named: what is %.64s?", name);
    call->handler = name;
    return true;
}

static bool read_args(struct call *call, char **args)
{
    bool options = true;
    while (*args) {
        int taken = 1;
        if (options && !strcmp(*args, "--"))
            options = false;
        else if (options && args[0][0] == '-' && args[0][1])
            taken = read_option(call, args);
        else if (!set_handler(call, *args))
            return false;
        if (!taken)
            return false;
        args += taken;
    }
    return true;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool call_read(struct call *call, char **args)
{
    if (!read_args(call, args))
        return false;
    if (!call->handler)
        call->handler = variable("FN_HANDLER");
    if (call->handler && strlen(call->handler) >= HANDLER_MAX)
        return complain(call, "%.32s...: no handler has so long a name", call->handler);
    const char *name = call->seconds ? "--timeout" : "FN_TIMEOUT";
    if (!call->seconds)
        call->seconds = variable("FN_TIMEOUT");
    if (call->seconds && !seconds_of(call->seconds, &call->timeout))
        return complain(call, "%s: expected seconds such as 30 or 0.5", name);
    return true;
}
