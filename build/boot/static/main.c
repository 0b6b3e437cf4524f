/* Where C starts in the static link: with the snapshot to take, or as the host that is asked for. */
#include "hosts/host.h"
#include "shared/launch.h"
#include "snapshot/boot_mode.h"
#include "supervisor/signals.h"

#include <stdio.h>
#include <unistd.h>

/* Nobody has registered anything for an exit, and libc's own writes on two more pages. */
int main(int argc, char **argv)
{
    if (boot == BOOT_CAPTURE) {
        signals_release();
        interpreter_capture(argc, argv);
    }
    int status = host_run(argc, argv);
    fflush(NULL);
    _exit(status);
}
