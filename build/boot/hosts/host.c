/* Which host the file is to be: the side of it that speaks with whoever started it, and turns what is asked into runs. */
#include "hosts/host.h"

#include "hosts/call.h"
#include "hosts/lambda.h"
#include "hosts/serve.h"
#include "shared/launch.h"
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

int host_run(int argc, char **argv)
{
    signals_hold();
    if (descendant_is_interpreter(argc, argv)) {
        signals_release();
        interpreter_main(argc, argv);
    }
    if (settings_ask_for_information(argc, argv)) {
        signals_release();
        interpreter_run(argc, argv);
    }
    occupy_standard_streams();
    if (argc > 1 && !strcmp(argv[1], "call"))
        return call_run(argc, argv);
    const char *host = getenv("FN_HOST"); /* for engines that pass no arguments */
    if ((argc > 1 && !strcmp(argv[1], "serve")) || (host && !strcmp(host, "http")))
        return serve_run(argc, argv);
    if (lambda_is_asked_for())
        return lambda_run(argc, argv);
    struct settings settings = settings_read(argc, argv);
    return supervise(&settings, argc, argv);
}
