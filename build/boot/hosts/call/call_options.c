/* What `fn call` was asked for. */
#include "hosts/call/call_options.h"

#include "hosts/options.h"
#include "shared/report.h"
#include "shared/settings.h"

#include <stdlib.h>
#include <string.h>

const char *call_read(struct call *call, char **args)
{
    const char *seconds = NULL, *name = "--timeout";
    const struct option options[] = {
        {"--input", TEXT, .place = &call->input},
        {"--output", TEXT, .place = &call->output},
        {"--log", TEXT, .place = &call->log},
        {"--error", TEXT, .place = &call->error},
        {name, TEXT, .place = &seconds},
        {"--quiet", SWITCH, .place = &call->quiet},
        {.name = NULL},
    };
    const char *complaint = options_read("call", options, &call->handler, args);
    if (complaint)
        return complaint;
    if (call->handler && strlen(call->handler) >= HANDLER_MAX)
        return options_complain("%.32s...: no handler has so long a name", call->handler);
    if (!seconds) /* else the variable is of no interest, whatever it holds */
        seconds = getenv(name = "FN_TIMEOUT");
    if (seconds && *seconds && !seconds_of(seconds, &call->timeout))
        return options_complain("%s: expected seconds such as 30 or 0.5", name);
    return NULL;
}
