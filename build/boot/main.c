/* Where C starts: a question about the file is answered, anything else is a run. */
#include "boot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the libraries (build/layout.py). In a warm boot, what they set up is in the image. */
typedef void constructor(int, char **, char **);
extern constructor *const __fn_constructors_start[] __attribute__((weak)), *const __fn_constructors_end[] __attribute__((weak));

static void construct(int argc, char **argv)
{
    for (constructor *const *each = __fn_constructors_start; each < __fn_constructors_end; each++)
        (*each)(argc, argv, environ);
}

int main(int argc, char **argv)
{
    if (boot != BOOT_WARM)
        construct(argc, argv);
    if (boot == BOOT_TAKE) { /* build/snapshot.py gives four words: image, hash seed, plan, take or rehearse */
        signals_release();
        interpreter_take(argv[1], strtoul(argv[2], NULL, 10), !strcmp(argv[4], "rehearse"));
    }
    signals_hold();
    if (settings_ask_for_information(argc, argv)) {
        signals_release();
        interpreter_run(argc, argv);
    }
    struct settings settings = settings_read(argc, argv);
    return supervise(&settings, argc, argv);
}
