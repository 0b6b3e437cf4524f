/* The form of an image: the interpreter's memory at build time, as part of the file.
 *
 * Two regions are kept. `.snap` holds the writable data of everything but libc and the boot program
 * (build/link/linker_script.py makes the linker gather it); the image heap, at a fixed address, all memory that was
 * allocated until the snapshot. In the finished file the kernel maps both, privately, as it starts the program: no call
 * is needed, and no file is opened. What `.snap` was before is kept in front of the heap, for a cold boot
 * (build/snapshot/embed.py). */
#ifndef FN_IMAGE_H
#define FN_IMAGE_H

#include "boot.h"

#include <pthread.h>

/* In the same gigabyte as the program: they share a page of the page tables. The kernel puts brk behind it. */
#define IMAGE_BASE ((char *)0x10000000UL)
enum { RANGES_MAX = 32, IMAGE_HEAD = 4096, CPU_LEAVES = 9, KEYS_MAX = 64, ATFORK_MAX = 16, ACTIONS_MAX = 8 };
enum { WORDS_MAX = 40, BUILD_ID_LENGTH = 20, LIBRARIES_MAX = 8 };

/* Lies at IMAGE_BASE; the heap follows. */
struct image {
    char magic[8]; /* IMAGE_MAGIC */
    unsigned char build_id[BUILD_ID_LENGTH];
    uint32_t page_size;
    uint32_t cpu[CPU_LEAVES][4]; /* the features that the processor of the build had */
    struct {
        char *start;
        size_t length;
    } written[RANGES_MAX]; /* pages that runs write, from a rehearsal (build/snapshot/capture.py); length 0: no more */
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
_Static_assert(offsetof(struct image, written) == 176, "build/snapshot/embed.py writes there");
_Static_assert(offsetof(struct image, libraries) == 176 + RANGES_MAX * 16, "build/snapshot/embed.py reads there");
#define IMAGE_MAGIC "FNIMAGE"
#define IMAGE ((struct image *)IMAGE_BASE)
_Static_assert(sizeof(struct image) <= IMAGE_HEAD, "the head of the image is too small");

/* What the build writes into the linked file (build/snapshot/embed.py finds it by its first words). */
enum { SEAL_COLD, SEAL_OPEN, SEAL_WARM };
struct seal {
    char magic[16];
    uint64_t state;        /* SEAL_OPEN: takes a snapshot; never in a finished file */
    uint64_t image_length; /* of the mapping at IMAGE_BASE, in bytes; open: the most that the image may take */
    uint64_t earlier; /* where the steps lie that lead from `.snap` back to what it was before the snapshot */
    uint64_t earlier_length;
    uint64_t data_length; /* of `.snap` that these steps go through, in bytes; the rest was all zeros */
    struct {
        uint64_t place, length;
    } packed[LIBRARIES_MAX]; /* by number; length 0: it is in its place */
};
extern const volatile struct seal seal;

extern char __snap_start[], __snap_end[]; /* made by the linker */
extern char __sparse_start[], __sparse_end[];

/* ---- snapshot/boot_mode.c ---- */
const unsigned char *image_build_id(void);
void image_cpu_features(uint32_t features[CPU_LEAVES][4]);

/* ---- snapshot/pristine.c ---- */
void construct(int argc, char **argv);
void prepare_cold(int argc, char **argv);

/* ---- static/compressed_libraries.c ---- */
extern const struct library {
    char *start, *end; /* where it lies when it is unpacked: whole pages */
} libraries[];         /* made by build/link/inittab.py */
bool library_present(unsigned number); /* false: a Python exception says why it cannot be unpacked */

/* ---- snapshot/capture/allocator.c ---- */
extern char *image_end; /* addresses of the image: from IMAGE_BASE to here */
void *image_arena_allocate(void *context, size_t length);
void image_arena_free(void *context, void *memory, size_t length);

/* ---- snapshot/capture/placement.c ---- */
/* What a rehearsal saw of a piece, which is where it lies: the areas follow each other at the beginning of the heap. */
enum area {
    AREA_REST,             /* behind them: no run has touched it */
    AREA_WRITTEN,          /* by every run */
    AREA_WRITTEN_BY_TYPED, /* only by runs of handlers with typed inputs */
    AREA_READ,
    AREA_READ_BY_TYPED,
    AREA_COUNT,
    AREA_FLEETING = 14, /* among the rest: freed this time, perhaps not the next */
    AREA_GONE = 15,     /* freed before the image is taken: no part of it */
};
struct planned {
    uint32_t area : 4, length : 28; /* bytes */
};
void plan_read(const char *path);
size_t plan_count(void);
struct planned plan_of(size_t number);

/* ---- snapshot/capture/region.c ---- */
enum { REGION_SMALL = 1024, REGION_CLASSES = REGION_SMALL / 16 + 1 };
struct region {
    char *top, *end;              /* what is used ends at the top */
    size_t head;                  /* bytes before a piece */
    void *unused[REGION_CLASSES]; /* freed pieces by size, linked through their first word */
    void *unused_large;           /* the same, of any size above REGION_SMALL */
};
size_t region_rounded(size_t length); /* the length of a piece that holds as much */
size_t *region_length_of(void *piece);
void region_put(struct region *region, void *piece);
void *region_take_freed(struct region *region, size_t length); /* NULL: there is none */
void *region_take_new(struct region *region, size_t length, size_t alignment); /* NULL: no room */
void region_mark_freed(struct region *region); /* with length 0; none can be taken any more */

/* ---- snapshot/capture/heap.c ---- */
enum { PIECE_MOST = 4096 }; /* longer ones lie on pages of their own anyway: AREA_REST */
void *heap_take(size_t length, size_t alignment); /* zeroed; NULL: no room */
void *heap_take_arena(size_t length); /* the same, in whole pages; nobody gives it back */
void heap_give_back(void *piece);
size_t heap_length(void *piece);
void heap_begin(bool rehearsal); /* after plan_read */
size_t heap_used(void);
size_t heap_passing(void); /* pieces in use that are no part of the image */
void heap_each_passing(void (*visit)(uint32_t number, void *context), void *context);
#define HEAP_GONE ((void *)-1)
#define HEAP_FLEETING ((void *)-2)
/* Of the piece that was allocated as number `serial`: its place; HEAP_GONE when it has been freed; HEAP_FLEETING when it
 * has, and need not be in the next snapshot. */
void *heap_piece(size_t serial, size_t *length);
size_t heap_pieces(void);

/* ---- snapshot/capture/profile.c ---- */
__attribute__((noreturn)) void rehearse(const char *path);

/* ---- snapshot/capture/code_parts.c ---- */
void code_parts_forget(void);

/* ---- snapshot/libc_state.c ---- */
void replay_record_actions(void);
bool replay(void);

/* ---- snapshot/sparse.c ---- */
void sparse_lift(char *heap_end);
void sparse_restore(void);

/* ---- snapshot/capture/capture.c ---- */
enum { TAKE_MISPLACED = 3 }; /* status: pieces to be freed are in use; build/snapshot/capture.py reads which */
__attribute__((noreturn)) void take(const char *path);

/* ---- snapshot/restore.c ---- */
void restore_attach(void);
int restore_and_run(int argc, char **argv);

#endif
