/* Where C starts in the program that supervises runs from source: `fn COMMAND... -- WORDS...`. The command starts the
 * interpreter, `python -m entry`; the words are those of the file dist/fn, and so is all that is done with them. */
#include "hosts/host.h"
#include "shared/report.h"
#include "source/launch.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    int end = 1;
    while (end < argc && strcmp(argv[end], "--") != 0)
        end++;
    if (end < 2 || end == argc) {
        fprintf(stderr, "usage: %s python -m entry -- [HANDLER] ...\n", argc ? argv[0] : "fn");
        return 2;
    }
    source_command = (struct command){argv + 1, (size_t)end - 1};
    argv[end] = argv[0];
    report_in_file = true;
    return host_run(argc - end, argv + end);
}
