/* The form of a snapshot: the interpreter's memory at build time, as part of the file.
 *
 * Two regions are kept. `.snap` holds the writable data of everything but libc and the boot program
 * (build/link/linker_script.py makes the linker gather it); the snapshot heap, at a fixed address, all memory that was
 * allocated until the snapshot. In the finished file the kernel maps both, privately, as it starts the program: no call
 * is needed, and no file is opened. What `.snap` was before is kept in front of the heap, for a cold boot
 * (build/snapshot/heap/embed.py). */
#pragma once

#include "shared/processor.h"
#include "shared/written_pages.h"
#include "snapshot/embedded_state.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>

/* In the same gigabyte as the program: they share a page of the page tables. The kernel puts brk behind it. */
#define SNAPSHOT_BASE ((char *)0x10000000UL)
enum { SNAPSHOT_HEAD = 4096, KEYS_MAX = 48, ATFORK_MAX = 16, ACTIONS_MAX = 8 };
enum { WORDS_MAX = 40, BUILD_ID_LENGTH = 20, LIBRARIES_MAX = 8 };

/* Lies at SNAPSHOT_BASE; the heap follows. */
struct snapshot {
    char magic[8]; /* SNAPSHOT_MAGIC */
    unsigned char build_id[BUILD_ID_LENGTH];
    uint32_t page_size;
    uint32_t cpu[PROCESSOR_LEAVES][4]; /* the features that the processor of the build had */
    struct page_range written[RANGES_MAX];
    uint64_t libraries; /* those that imports of the snapshot have called, a bit for each */
    void *thread_state;          /* PyThreadState */
    struct _object *resume;      /* called with the arguments */
    struct {
        bool used;
        void (*destroy)(void *);
    } keys[KEYS_MAX];
    uint32_t key_count;
    uint32_t atfork_count;
    struct {
        void (*prepare)(void), (*parent)(void), (*child)(void);
    } atfork[ATFORK_MAX];
    uint32_t action_count;
    struct {
        int number;
        struct sigaction action;
    } actions[ACTIONS_MAX];
    uint32_t word_count;
    struct {
        uint64_t *place, value;
    } words[WORDS_MAX]; /* snapshot/sparse.c */
};
_Static_assert(offsetof(struct snapshot, written) == 176, "build/snapshot/heap/embed.py writes there");
_Static_assert(offsetof(struct snapshot, libraries) == 176 + RANGES_MAX * 8, "build/snapshot/heap/embed.py reads there");
#define SNAPSHOT_MAGIC "FNIMAGE"
#define SNAPSHOT ((struct snapshot *)SNAPSHOT_BASE)
_Static_assert(sizeof(struct snapshot) <= SNAPSHOT_HEAD, "the head of the snapshot is too small");

/* What the build writes into the linked file (build/snapshot/heap/embed.py finds it by its first words). */
struct embedded {
    char magic[16];
    uint64_t state; /* enum embedded_state */
    uint64_t snapshot_length; /* of the mapping at SNAPSHOT_BASE, in bytes; open: the most that the snapshot may take */
    uint64_t pristine; /* where the steps lie that lead from `.snap` back to what it was before the snapshot */
    uint64_t pristine_length;
    uint64_t data_length; /* of `.snap` that these steps go through, in bytes; the rest was all zeros */
    struct {
        uint64_t place, length;
    } packed[LIBRARIES_MAX]; /* by number; length 0: it is in its place */
};
extern const volatile struct embedded embedded;

extern char __snap_start[], __snap_end[]; /* made by the linker */
extern char __sparse_start[], __sparse_end[];
