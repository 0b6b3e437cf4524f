/* Where C starts: as `sys.executable` of a run the file is an interpreter; a question about it is answered; anything
 * else is a run. */
#include "shared/launch.h"
#include "shared/settings.h"
#include "snapshot/boot_mode.h"
#include "supervisor/descendant.h"
#include "supervisor/signals.h"
#include "supervisor/supervise.h"

int main(int argc, char **argv)
{
    if (boot == BOOT_TAKE) {
        signals_release();
        interpreter_take(argc, argv);
    }
    signals_hold();
    if (descendant_is_interpreter(argc, argv)) {
        signals_release();
        interpreter_become(argc, argv);
    }
    if (settings_ask_for_information(argc, argv)) {
        signals_release();
        interpreter_run(argc, argv);
    }
    struct settings settings = settings_read(argc, argv);
    return supervise(&settings, argc, argv);
}
