/* Where C starts in a portable file: with the snapshot to take, or as the host that is asked for; static/main.c is that of
 * the static link. */
#include "hosts/host.h"
#include "portable/process_snapshot.h"
#include "shared/launch.h"
#include "supervisor/signals.h"

#include <stdio.h>
#include <unistd.h>

/* Nobody has registered anything for an exit, and libc's own writes on two more pages. */
int main(int argc, char **argv)
{
    if (embedded_process.state == EMBEDDED_CAPTURE) {
        signals_release();
        interpreter_capture(argc, argv);
    }
    int status = host_run(argc, argv);
    fflush(NULL);
    _exit(status);
}
