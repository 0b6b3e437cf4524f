/* Decides how this process boots: takes a snapshot (unfinished file, build time), warm, or cold.
 * Runs before any constructor, so that a snapshot holds what they allocate. Falls back to a cold boot whenever the image
 * may not fit this machine. */
#include "snapshot/boot_mode.h"

#include "snapshot/capture/allocator.h"
#include "snapshot/capture/heap.h"
#include "snapshot/capture/placement.h"
#include "snapshot/capture/trace.h"
#include "snapshot/format.h"
#include "supervisor/descendant.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

extern const ElfW(Nhdr) __build_id[];

__attribute__((section(".fn.seal"), used)) const volatile struct seal seal = {.magic = "fn: seal here-"};

enum boot boot;
const char *boot_reason = "the file was built without a snapshot";
bool boot_fell_back;

const unsigned char *image_build_id(void)
{
    return (const unsigned char *)(__build_id + 1) + __build_id->n_namesz;
}

static const char *misfit(void)
{
    if (memcmp(IMAGE->magic, IMAGE_MAGIC, sizeof IMAGE->magic))
        return "the image is damaged";
    if (memcmp(IMAGE->build_id, image_build_id(), BUILD_ID_LENGTH))
        return "the image was taken from another build";
    if (IMAGE->page_size != getauxval(AT_PAGESZ))
        return "the image was taken with another page size";
    if (processor_lacks(IMAGE->cpu))
        return "this processor lacks features of the one that the snapshot was taken on";
    return NULL;
}

static bool is_set(char **environment, const char *assignment)
{
    for (; *environment; environment++)
        if (!strcmp(*environment, assignment))
            return true;
    return false;
}

static void decide(int argc, char **argv, char **environment)
{
    if (seal.state == SEAL_OPEN && argc == 5) { /* the words: see static/launch.c */
        boot = BOOT_TAKE;
        plan_read(argv[3]);
        if (!strncmp(argv[4], "trace", strlen("trace")))
            trace_begin(argv[4]);
        heap_begin(!strcmp(argv[4], "rehearse"));
    } else if (seal.state == SEAL_WARM) {
        const char *problem = misfit();
        bool asked = is_set(environment, "FN_COLD=1");
        if (descendant_may_be_interpreter(argc, argv, environment)) {
            boot_reason = "the words are those of an interpreter";
            return;
        }
        if (!problem && !asked) {
            boot = BOOT_WARM;
            image_end = IMAGE_BASE + seal.image_length;
            return;
        }
        boot_reason = asked ? "FN_COLD is set" : problem;
        boot_fell_back = !asked;
    }
}

__attribute__((section(".preinit_array"), used)) static void (*const decide_early)(int, char **, char **) = decide;
