/* Which host the file is to be: the side of it that speaks with whoever started it, and turns what is asked into runs. */
#include "hosts/host.h"

#include "hosts/call/call.h"
#include "hosts/lambda/lambda.h"
#include "hosts/serve/serve.h"
#include "shared/launch.h"
#include "shared/report.h"
#include "shared/settings.h"
#include "supervisor/descendant.h"
#include "supervisor/signals.h"
#include "supervisor/supervise.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* A descriptor of ours must never be number 0, 1 or 2, which the function replaces. */
static void occupy_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/", O_PATH);
}

static enum host asked_for(int argc, char **argv)
{
    const char *host = getenv("FN_HOST"); /* for engines that pass no arguments */
    if (argc > 1 && !strcmp(argv[1], "call"))
        return HOST_CALL;
    if ((argc > 1 && !strcmp(argv[1], "serve")) || (host && !strcmp(host, "http")))
        return HOST_HTTP;
    return lambda_is_asked_for() ? HOST_LAMBDA : HOST_ISOLATED;
}

int host_run(int argc, char **argv)
{
    static struct settings settings;
    enum host host = asked_for(argc, argv);
    signals_hold();
    settings_read(&settings, argv + !!argc, host != HOST_ISOLATED);
    settings_use(&settings);
    if (descendant_is_interpreter(argc, argv, settings.data_dir)) {
        signals_release();
        interpreter_main(argc, argv);
    }
    if (settings.question) {
        signals_release();
        interpreter_run(argc, argv);
    }
    occupy_standard_streams();
    if (host == HOST_CALL)
        return call_run(argc, argv);
    if (host == HOST_HTTP)
        return serve_run(argc, argv);
    return host == HOST_LAMBDA ? lambda_run(argc, argv) : supervise(&settings, argc, argv);
}
