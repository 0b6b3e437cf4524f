/* Memory for Python's small objects in a cold run. A program that has many imports a lot, and fills the next MiB in no time:
 * that then comes with its pages, which takes a third of what a fault for each of them does. */
#include "interpreter/arenas.h"

#include <Python.h>
#include <sys/mman.h>

enum { MANY = 16 }; /* of a MiB each; most programs have fewer, and do without pages that nobody needs */

static void *allocate(void *count, size_t length)
{
    size_t *arenas = count;
    int with_pages = ++*arenas > MANY ? MAP_POPULATE : 0;
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | with_pages, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void release(void *count, void *memory, size_t length)
{
    size_t *arenas = count;
    --*arenas;
    munmap(memory, length);
}

void arenas_install(void)
{
    static size_t count;
    static PyObjectArenaAllocator allocator = {&count, allocate, release};
    PyObject_SetArenaAllocator(&allocator);
}
