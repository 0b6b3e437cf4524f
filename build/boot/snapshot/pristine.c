/* Before the interpreter starts from nothing: its data as the linker made them, and the constructors of libraries. */
#include "snapshot/pristine.h"

#include "snapshot/format.h"

#include <Python.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORD = 8 };

/* Of the libraries (build/link/linker_script.py). In a warm boot, what they set up is in the snapshot. */
typedef void constructor(int, char **, char **);
extern constructor *const __fn_constructors_start[], *const __fn_constructors_end[];

void construct(int argc, char **argv)
{
    for (constructor *const *each = __fn_constructors_start; each < __fn_constructors_end; each++)
        (*each)(argc, argv, environ);
}

/* `.snap` becomes what it was before the snapshot again: what differs is in the file (build/snapshot/heap/embed.py). */
static void return_to_pristine(void)
{
    const char *next = (const char *)embedded.pristine, *end = next + embedded.pristine_length;
    char *place = __snap_start, *rest = __snap_start + embedded.data_length;
    while (next < end) {
        uint16_t words[3]; /* how many are the same as now, how many zero, and how many follow */
        memcpy(words, next, sizeof words);
        next += sizeof words;
        place += words[0] * WORD;
        memset(place, 0, words[1] * WORD);
        place += words[1] * WORD;
        memcpy(place, next, words[2] * WORD);
        place += words[2] * WORD;
        next += words[2] * WORD;
    }
    memset(rest, 0, (size_t)(__snap_end - rest));
    munmap((char *)embedded.pristine, (size_t)(SNAPSHOT_BASE + embedded.snapshot_length - (char *)embedded.pristine));
}

void prepare_cold(int argc, char **argv)
{
    if (embedded.state == EMBEDDED_SNAPSHOT)
        return_to_pristine();
    construct(argc, argv);
}
