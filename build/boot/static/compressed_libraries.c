/* C libraries that the snapshot had no use for: compressed in the file, and unpacked when a module that calls them is
 * imported (build/link/c_libraries.py). Static link only. */
#include "static/compressed_libraries.h"

#include "snapshot/boot_mode.h"
#include "snapshot/format.h"

#include <Python.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <zstd.h>

/* To where the linker has put it. The program has nothing there; an emulator may have reserved all between its segments.
 * The reason why it cannot be unpacked, or NULL. */
static const char *unpack(const struct library *library, const void *packed, size_t packed_length)
{
    size_t length = (size_t)(library->end - library->start);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE;
    void *memory = mmap(library->start, length, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED)
        return strerror(errno);
    const char *reason = NULL;
    if (ZSTD_decompress(memory, length, packed, packed_length) != length)
        reason = "it is damaged";
    else if (mprotect(memory, length, PROT_READ | PROT_EXEC))
        reason = "no new memory may be executed here; a file built with --preload needs none";
    if (reason)
        munmap(memory, length);
    return reason;
}

/* No ImportError: whoever does without a module that is not there must not do so here. */
bool library_present(unsigned number)
{
    static bool unpacked[LIBRARIES_MAX];
    if (boot == BOOT_CAPTURE)
        SNAPSHOT->libraries |= UINT64_C(1) << number;
    if (!embedded.packed[number].length || unpacked[number])
        return true;
    const char *reason = unpack(&libraries[number], (const void *)embedded.packed[number].place, embedded.packed[number].length);
    unpacked[number] = !reason;
    if (reason)
        PyErr_Format(PyExc_OSError, "a C library of the file cannot be unpacked: %s", reason);
    return !reason;
}
