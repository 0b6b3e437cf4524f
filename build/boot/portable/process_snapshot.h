/* The form of the snapshot of a process: all that the bundled loader has mapped, as part of a portable file.
 *
 * While it is captured, the loader, libc, Python and every library lie in a hole of the address space, between fixed
 * addresses, where nothing of a run does. A run maps them there again, in the function's process: memory that differs from
 * the bundled objects from the end of the file, the rest from the objects themselves (build/snapshot/process/).
 *
 *   launcher/hole.c           build time: keeps all but the hole from being used
 *   program/allocator.c       build time: memory for what is imported, what runs touch side by side
 *   program/scrubbing.c       build time: Python takes all of its memory there
 *   program/capture.c         build time: imports, forks, and shows the fork's memory to the build
 *   program/profile.c         build time: how a run is profiled, and which pages it writes
 *   launcher/compatibility.c  whether the snapshot fits this machine
 *   launcher/vdso.c           the kernel's own functions in this process
 *   launcher/restore.c        maps the snapshot, and goes on in it
 *   program/resume.c          makes it this process's own
 *   program/zone.c            the time zone of this process, when it is asked for
 *   program/process_number.c  a process that others see is another one
 *   program/randomness.c      libraries draw the same numbers in each capture
 *   program/threads.c         who has started threads
 *   program/memory.c          what differs between memory of the snapshot and other memory */
#pragma once

#include "shared/processor.h"
#include "shared/written_pages.h"
#include "snapshot/embedded_state.h"

#include <stddef.h>

/* Above the launcher, below whatever the kernel chooses a place for, and under one page of the page tables' second level. */
#define HOLE_START 0x70000000UL
#define HOLE_END 0x1000000000UL
#define HOLE_STACK (8UL << 20) /* bytes for the loader's stack */
/* Behind the program, in front of all that the kernel chooses a place for: it begins at the end of the hole. */
#define HEAP_START 0x80000000UL
#define HEAP_END 0xc0000000UL /* what it has no room for is libc's, which is captured, too */

enum { SIGNALS = 64, MAPPINGS_MAX = 1200, KERNEL_WORDS_MAX = 8, KERNEL_NAME_MAX = 24 };

struct kernel_action { /* as rt_sigaction(2) has it */
    uint64_t handler, flags, restorer, mask;
};

/* What the captured process says of itself: addresses in the snapshot. */
struct process_state {
    uint64_t thread_pointer;
    uint64_t thread_id;   /* where libc keeps the number of the main thread */
    uint64_t robust_list; /* of its mutexes */
    uint64_t auxiliary;   /* the vector that the loader was started with */
    uint64_t random;      /* its 16 random bytes */
    uint64_t stack_start; /* the part of the loader's stack that is kept: words, environment, auxiliary vector */
    uint64_t stack_end;   /* the variable by which libc finds the main thread's stack */
    uint64_t heap_end;    /* the variable in which libc keeps where brk(2) is */
    uint64_t loader_data; /* _rtld_global_ro, which holds the addresses of the kernel's functions */
    uint64_t malloc_key;  /* the random number by which malloc knows freed memory: the number, no address */
    uint64_t processor_number; /* where libc keeps that of the processor that the loader was started on: a byte */
    uint64_t resume;      /* where a run goes on: a function like main */
    uint64_t signal_stack[3]; /* sigaltstack(2) */
    struct kernel_action actions[SIGNALS + 1];
    uint32_t features[PROCESSOR_LEAVES][4]; /* of the processor */
};

struct mapping {
    uint64_t address, length;
    uint64_t offset; /* in the file; MAPPING_ZEROS: in no file */
    uint64_t protection;
};
#define MAPPING_ZEROS (~0UL)
#define MAPPING_WIPED (~0UL - 1) /* the same, and a fork wipes it (MADV_WIPEONFORK) */

/* Written into the linked file by the build, which finds it by its first words. */
struct embedded_process {
    char magic[16];
    uint64_t state;       /* enum embedded_state */
    uint64_t file_length; /* of the finished file */
    uint64_t page_size;
    struct process_state process;
    struct {
        uint64_t address; /* a word of the snapshot with the address of a function of the kernel's; 0: no more */
        char name[KERNEL_NAME_MAX];
    } kernel_words[KERNEL_WORDS_MAX];
    struct page_range written[RANGES_MAX];
    uint64_t mapping_count;
    struct mapping mappings[MAPPINGS_MAX];
};
_Static_assert(sizeof(struct process_state) == 8 * 15 + 32 * (SIGNALS + 1) + 16 * PROCESSOR_LEAVES, "build/snapshot/process/format.py");
_Static_assert(offsetof(struct embedded_process, process) == 40, "build/snapshot/process/format.py");
extern const volatile struct embedded_process embedded_process;
