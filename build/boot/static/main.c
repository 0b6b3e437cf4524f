/* Where C starts in the static link: with the snapshot to take, or as the host that is asked for. */
#include "hosts/host.h"
#include "shared/launch.h"
#include "snapshot/boot_mode.h"
#include "supervisor/signals.h"

int main(int argc, char **argv)
{
    if (boot == BOOT_CAPTURE) {
        signals_release();
        interpreter_capture(argc, argv);
    }
    return host_run(argc, argv);
}
