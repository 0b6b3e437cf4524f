/* What `fn call` was asked for. Unlike a run of the isolated host it has somebody who waits for its exit status, so a wrong
 * call is refused here, at once, in words. */
#include "hosts/call_options.h"

#include "shared/report.h"
#include "shared/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool complain(struct call *call, const char *format, const char *word)
{
    snprintf(call->complaint, sizeof call->complaint, format, word);
    return false;
}

static bool take_value(struct call *call, const char *option, const char *value)
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
static int take_option(struct call *call, char **words)
{
    char option[32];
    const char *value = strchr(words[0], '=');
    size_t length = value ? (size_t)(value - words[0]) : strlen(words[0]);
    if (!strcmp(words[0], "--quiet"))
        return call->quiet = true;
    snprintf(option, sizeof option, "%.*s", (int)length, words[0]);
    if (!take_value(call, option, value ? value + 1 : words[1]))
        return 0;
    return value ? 1 : 2;
}

static bool take_handler(struct call *call, const char *name)
{
    if (call->handler)
        return complain(call, "one handler can be named: what is %.64s?", name);
    call->handler = name;
    return true;
}

static bool read_words(struct call *call, char **words)
{
    bool options = true;
    while (*words) {
        int taken = 1;
        if (options && !strcmp(*words, "--"))
            options = false;
        else if (options && words[0][0] == '-' && words[0][1])
            taken = take_option(call, words);
        else if (!take_handler(call, *words))
            return false;
        if (!taken)
            return false;
        words += taken;
    }
    return true;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool call_read(struct call *call, char **words)
{
    if (!read_words(call, words))
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
