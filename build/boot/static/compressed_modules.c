/* Code of modules that few cold boots import, compressed in blocks (build/archive/compression.py). A block is unpacked
 * when the first of its modules is imported, and stays; one that is a single module is read once, and the next such one
 * comes to lie in its place, where memory is at hand and in the processor's cache. Static link only.
 * Through memory of its own: while a snapshot is taken, nothing of it is left in the heap. */
#include "static/compressed_modules.h"

#include "interpreter/archive.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <marshal.h>
#include <string.h>
#include <sys/mman.h>
#include <zstd.h>

static struct unpacked_block {
    struct unpacked_block *next;
    uint32_t number;
    char code[];
} *blocks;

static struct unpacked_block *find_block(uint32_t number)
{
    struct unpacked_block *block = blocks;
    while (block && block->number != number)
        block = block->next;
    return block;
}

static struct memory {
    char *start;
    size_t length;
} left; /* by the last block that was a single module */

/* With its pages, since all of it is written at once. */
static void *map_memory(size_t length)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, -1, 0);
    return memory == MAP_FAILED ? PyErr_NoMemory() : memory;
}

/* False: it is damaged, and a Python exception says so. */
static bool unpack_into(char *code, const struct block *packed, const char *name)
{
    if (ZSTD_decompress(code, packed->unpacked, packed->start, packed->length) == packed->unpacked)
        return true;
    PyErr_Format(PyExc_ImportError, "the code of %s is damaged", name);
    return false;
}

/* A memory of that length at least: the one that was left, which nobody else has then; without a start: an exception. */
static struct memory take_memory(size_t length)
{
    struct memory memory = left;
    left = (struct memory){0};
    if (memory.length >= length)
        return memory;
    if (memory.start)
        munmap(memory.start, memory.length);
    return (struct memory){map_memory(length), length};
}

/* NULL: it is damaged, or there is no memory for it; a Python exception says which. */
static PyObject *read_single(const struct block *packed, const char *name)
{
    struct memory memory = take_memory(packed->unpacked);
    if (!memory.start)
        return NULL;
    PyObject *code = NULL; /* while it is read, a finalizer may import another module */
    if (unpack_into(memory.start, packed, name))
        code = PyMarshal_ReadObjectFromString(memory.start, (Py_ssize_t)packed->unpacked);
    if (left.start)
        munmap(memory.start, memory.length);
    else
        left = memory;
    return code;
}

/* NULL as above. */
static struct unpacked_block *unpack_block(uint32_t number, const struct block *packed, const char *name)
{
    size_t room = sizeof(struct unpacked_block) + packed->unpacked;
    struct unpacked_block *block = map_memory(room);
    if (!block)
        return NULL;
    if (!unpack_into(block->code, packed, name)) {
        munmap(block, room);
        return NULL;
    }
    block->number = number;
    block->next = blocks;
    return blocks = block;
}

PyObject *packed_code(const struct module *module)
{
    struct {
        uint32_t block, offset, length; /* of the code in the unpacked block */
    } position;
    if (module->length != sizeof position)
        return PyErr_Format(PyExc_ImportError, "the code of %s is damaged", module->name);
    memcpy(&position, module->code, sizeof position);
    struct unpacked_block *block = find_block(position.block);
    struct block packed;
    if (!block && !archive_block(position.block, &packed))
        return PyErr_Format(PyExc_ImportError, "the code of %s is damaged", module->name);
    if (!block && position.length == packed.unpacked)
        return read_single(&packed, module->name);
    if (!block)
        block = unpack_block(position.block, &packed, module->name);
    return block ? PyMarshal_ReadObjectFromString(block->code + position.offset, (Py_ssize_t)position.length) : NULL;
}
