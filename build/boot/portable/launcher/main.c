/* Where C starts in a portable file; static/main.c is that of the static link. */
#include "portable/process_image.h"
#include "shared/launch.h"
#include "shared/settings.h"
#include "supervisor/descendant.h"
#include "supervisor/signals.h"
#include "supervisor/supervise.h"

int main(int argc, char **argv)
{
    if (process_seal.state == PROCESS_OPEN) {
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
