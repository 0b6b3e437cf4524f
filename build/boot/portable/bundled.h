/* What the three programs of a portable file share, in one process and one address space:
 *
 *   launch.c    in the file, static: starts the bundled dynamic loader in the function's process
 *   auditor.c   loaded by the loader: answers its searches with the bundled shared objects
 *   program.c   loaded by the loader: the interpreter's main program
 *   ../shared/place.h   files without a file system, for all of them
 *   ../shared/unpack.h  whether they can be in memory, or else in which folder
 *
 * ../vfs/files.h has the paths below /fn-bundle/ by which code in the process finds what the file carries.
 *
 * The loader wants files. It gets skeletons: files of the right length that hold only the few pages that it reads or
 * writes before it asks the auditor, all else a hole. Then the auditor maps the object over it, straight from the file
 * that is running. So an object is not copied, and all runs share its pages. Where the file cannot be opened for that
 * (it may be executed but not read, there is no /proc), objects are written whole. */
#pragma once

#include "interpreter/archive.h"
#include "shared/processor.h"
#include "shared/report.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of an object that its skeleton must hold. */
struct piece {
    uint64_t offset, length;
};

/* What is mapped over a loaded skeleton: from `offset` in the object to `address`, relative to where it was loaded. */
struct part {
    uint64_t address, offset, length;
    uint64_t protection; /* as for mmap */
};

struct object {
    const char *path;   /* by which Python knows it, below /fn-bundle/ */
    const char *soname; /* by which other objects need it */
    const char *module; /* of an extension module, else NULL */
    const char *bytes;  /* where it lies in memory, on a page of its own */
    uint64_t length;
    const struct piece *pieces;
    const struct part *parts;
    uint32_t piece_count, part_count;
};
extern const struct object objects[]; /* made by build/link/portable.py; the first three are started by hand: */
enum { OBJECT_LOADER, OBJECT_AUDITOR, OBJECT_PROGRAM };
extern const uint32_t object_count;

/* Of a portable file it lies at a fixed address, in the only program of the file that does: the others find it there. In
 * the static link there is one program, and no more of it is set than files.h needs. */
struct bundled {
    const struct object *objects;
    uint32_t object_count;
    uint64_t file_base; /* address of a byte of an object, less this, is its offset in the file */
    const char *folder; /* for the loader's files; empty: in memory; NULL: not chosen yet */
    const char *(*choose_folder)(void); /* the program's, in a process that was restored */
    struct archive archive;
    struct report *report;
    const struct settings *settings;
    const char *(*explain)(int problem); /* strerrordesc_np of a libc that is there from the start */
    int argc;
    char **argv, **environment;
    const char *executable; /* own_path: the loader tells the program another one */
    bool is_interpreter; /* as `sys.executable` of a run */
    const void *in_auditor;  /* an address of its code */
    int auditor, program; /* descriptors of what was made for the loader */
    bool program_has_holes; /* until the auditor has mapped it */
    bool supervised;         /* somebody removes the folder, if there is one */
    const char *boot_reason; /* of a cold boot */
    bool fell_back;          /* there is a snapshot, nobody asked for a cold boot, and yet it is one */
    bool (*pause)(void);     /* the launcher's, of a template (supervisor/template.c); NULL: this process is none */
    bool capturing;          /* build time: a snapshot (process_snapshot.h) */
    uint64_t seed;          /* of it: hashes and random numbers (portable/seeded.h) */
    const char *placements; /* the path of a file: where its blocks of memory go (snapshot/heap/placement.h) */
    const char *wanted;     /* to be done: a capture, or what to profile (snapshot/heap/profile.h) */
    long clocks;            /* what seconds its clocks show: even ones (0) or odd ones (1) */
    uint32_t features[PROCESSOR_LEAVES][4]; /* of this processor, as the launcher sees them */
};
#ifdef FN_STATIC
extern struct bundled fn_bundled; /* static/launch.c */
#define BUNDLED (&fn_bundled)
#else
#define BUNDLED_ADDRESS 0x200000
#define BUNDLED ((struct bundled *)BUNDLED_ADDRESS)
#endif
#define BUNDLED_FOLDER (BUNDLED->folder ? BUNDLED->folder : BUNDLED->choose_folder())
