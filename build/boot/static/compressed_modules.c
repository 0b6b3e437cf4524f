/* Code of modules that few cold boots import, compressed in blocks (build/archive/compression.py). A block is unpacked
 * when the first of its modules is imported, and stays. Static link only.
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

/* NULL: it is damaged, or there is no memory for it; a Python exception says which. */
static struct unpacked_block *unpack_block(uint32_t number, const char *name)
{
    struct block packed;
    if (!archive_block(number, &packed))
        return (void *)PyErr_Format(PyExc_ImportError, "the code of %s is damaged", name);
    size_t room = sizeof(struct unpacked_block) + packed.unpacked;
    struct unpacked_block *block = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return (void *)PyErr_NoMemory();
    if (ZSTD_decompress(block->code, packed.unpacked, packed.start, packed.length) != packed.unpacked) {
        munmap(block, room);
        return (void *)PyErr_Format(PyExc_ImportError, "the code of %s is damaged", name);
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
    if (!block)
        block = unpack_block(position.block, module->name);
    return block ? PyMarshal_ReadObjectFromString(block->code + position.offset, (Py_ssize_t)position.length) : NULL;
}
