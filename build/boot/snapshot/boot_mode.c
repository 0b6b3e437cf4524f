/* Decides how this process boots: takes a snapshot (unfinished file, build time), warm, or cold.
 * Runs before any constructor, so that a snapshot holds what they allocate. Falls back to a cold boot whenever the snapshot
 * may not fit this machine. */
#include "snapshot/boot_mode.h"

#include "shared/import_variables.h"
#include "snapshot/capture/allocator.h"
#include "snapshot/capture/trace.h"
#include "snapshot/format.h"
#include "snapshot/heap/heap.h"
#include "snapshot/heap/placement.h"
#include "snapshot/heap/profile.h"
#include "supervisor/descendant.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

extern const ElfW(Nhdr) __build_id[];

__attribute__((section(".fn.embedded"), used)) const volatile struct embedded embedded = {.magic = "fn: embed here"};

enum boot boot;
const char *boot_reason = "the file was built without a snapshot";
bool boot_fell_back;

const unsigned char *snapshot_build_id(void)
{
    return (const unsigned char *)(__build_id + 1) + __build_id->n_namesz;
}

static const char *incompatibility(char **environment)
{
    if (memcmp(SNAPSHOT->magic, SNAPSHOT_MAGIC, sizeof SNAPSHOT->magic))
        return "the snapshot is damaged";
    if (memcmp(SNAPSHOT->build_id, snapshot_build_id(), BUILD_ID_LENGTH))
        return "the snapshot was taken from another build";
    if (SNAPSHOT->page_size != getauxval(AT_PAGESZ))
        return "the snapshot was taken with another page size";
    if (processor_lacks(SNAPSHOT->cpu))
        return "this processor lacks features of the one that the snapshot was taken on";
    return import_variables_differ(import_variables, environment);
}

static bool is_set(char **environment, const char *assignment)
{
    for (; *environment; environment++)
        if (!strcmp(*environment, assignment))
            return true;
    return false;
}

static void choose_boot_mode(int argc, char **argv, char **environment)
{
    if (embedded.state == EMBEDDED_CAPTURE && argc == 5) { /* the arguments: see static/launch.c */
        boot = BOOT_CAPTURE;
        placements_read(argv[3], NULL);
        if (!strncmp(argv[4], "trace", strlen("trace")))
            trace_begin(argv[4]);
        snapshot_end = SNAPSHOT_BASE + embedded.snapshot_length;
        heap_begin(SNAPSHOT_BASE + SNAPSHOT_HEAD, snapshot_end, NULL, profile_asked(argv[4]) == PROFILE_BLOCKS);
    } else if (embedded.state == EMBEDDED_SNAPSHOT) {
        const char *problem = incompatibility(environment);
        bool asked = is_set(environment, "FN_COLD=1");
        if (descendant_may_be_interpreter(argc, argv, environment)) {
            boot_reason = "the arguments are those of an interpreter";
            return;
        }
        if (!problem && !asked) {
            boot = BOOT_WARM;
            snapshot_end = SNAPSHOT_BASE + embedded.snapshot_length;
            return;
        }
        boot_reason = asked ? "FN_COLD is set" : problem;
        boot_fell_back = !asked;
    }
}

__attribute__((section(".preinit_array"), used)) static void (*const choose_boot_mode_early)(int, char **, char **) = choose_boot_mode;
