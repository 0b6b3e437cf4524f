/* Code of modules that few cold boots import: one stream, compressed in blocks, each with all before it as its
 * dictionary (build/archive/compression.py). It is unpacked from its beginning, as far as the modules lie that are
 * imported. Static link only. Through memory of its own: while a snapshot is taken, nothing of it is left in the heap.
 * */
#include "static/compressed_modules.h"

#include "interpreter/archive.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <marshal.h>
#include <sys/mman.h>
#include <zstd.h>

static struct {
    char *memory;
    size_t room, filled; /* bytes */
    size_t blocks;       /* that are unpacked */
} stream;

/* Memory for all of it, taken as it is filled. */
static bool open_stream(void)
{
    const char *block;
    size_t length, room = 0;
    for (size_t number = 0; archive_block(number, &block, &length); number++)
        room += ZSTD_getFrameContentSize(block, length);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, room, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    stream.memory = memory;
    stream.room = room;
    return true;
}

static bool unpack_block(ZSTD_DCtx *context)
{
    const char *block;
    size_t length;
    if (!archive_block(stream.blocks, &block, &length))
        return false;
    char *next = stream.memory + stream.filled;
    size_t more =
        ZSTD_decompress_usingDict(context, next, stream.room - stream.filled, block, length, stream.memory, stream.filled);
    if (ZSTD_isError(more))
        return false;
    stream.filled += more;
    stream.blocks++;
    return true;
}

/* Less when the blocks are damaged. */
static void unpack_to(size_t end, ZSTD_DCtx *context)
{
    while (stream.filled < end && unpack_block(context)) {
    }
}

PyObject *packed_code(const char *name)
{
    uint32_t offset, length;
    if (!archive_packed(name, &offset, &length))
        return PyErr_Format(PyExc_ImportError, "the file holds no packed module %s", name);
    if (!stream.memory && !open_stream())
        return PyErr_NoMemory();
    size_t end = (size_t)offset + length;
    if (stream.filled < end) {
        ZSTD_DCtx *context = ZSTD_createDCtx();
        if (!context)
            return PyErr_NoMemory();
        unpack_to(end, context);
        ZSTD_freeDCtx(context);
    }
    if (stream.filled < end)
        return PyErr_Format(PyExc_ImportError, "the code of %s is damaged", name);
    return PyMarshal_ReadObjectFromString(stream.memory + offset, (Py_ssize_t)length);
}
