/* The heap of the image, while it is taken: where each piece of memory goes, and what is done with it when it is freed.
 * What runs touch lies in areas at the beginning, then follows the rest, and far behind what is freed before the image
 * is taken, which is no part of it. Where a piece belongs is known from a rehearsal (snapshot/capture/placement.c).
 * Build time only. */
#include "snapshot/capture/heap.h"

#include "snapshot/capture/allocator.h"
#include "snapshot/capture/capture.h"
#include "snapshot/capture/placement.h"
#include "snapshot/capture/region.h"
#include "snapshot/capture/trace.h"
#include "snapshot/format.h"

#include <Python.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORD = 8, UNIT = 16, PAGE = 4096 };

static struct region staying, passing;
static struct {
    char *top, *end;
} areas[AREA_COUNT];
static size_t passing_pieces; /* in use now */
static volatile char lock;    /* an import may start threads, as long as it ends them */

static size_t serial; /* the number of the next allocation: snapshot/capture/placement.c knows where it goes */
static bool spread; /* in a rehearsal: planned pieces on pages of their own */
static size_t head = WORD; /* before a piece: its length, and in a rehearsal, before that, its number */
static void **places; /* by number: as heap_piece gives them; when the image is taken, of what is not to be part of it */
enum { PLACES_MAX = 1 << 24 };

static size_t room_for(size_t length)
{
    return spread ? (WORD + head + length + PAGE - 1) / PAGE * PAGE : head + length;
}

/* Each in whole pages, one after the other; returns where they end. One that there is no room for stays empty. */
static char *lay_areas(char *next, const char *end)
{
    size_t room[AREA_COUNT] = {0};
    for (size_t i = 0; i < plan_count(); i++)
        if (plan_of(i).area < AREA_COUNT)
            room[plan_of(i).area] += room_for(plan_of(i).length);
    for (enum area area = AREA_WRITTEN; area < AREA_COUNT; area++) {
        size_t length = room[area] ? (WORD + room[area] + PAGE - 1) / PAGE * PAGE : 0;
        areas[area].top = next + WORD; /* so that pieces are aligned */
        if (length < (size_t)(end - next))
            next += length;
        areas[area].end = next;
    }
    return next;
}

static void **map_places(void)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, PLACES_MAX * sizeof *places, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

void heap_begin(bool rehearsal)
{
    spread = rehearsal;
    head = rehearsal ? WORD + UNIT : WORD;
    image_end = IMAGE_BASE + seal.image_length;
    char *middle = IMAGE_BASE + seal.image_length / 2;
    staying = (struct region){.top = lay_areas(IMAGE_BASE + IMAGE_HEAD, middle), .end = middle, .head = head};
    passing = (struct region){.top = middle, .end = image_end, .head = head};
    places = map_places();
    if (rehearsal)
        madvise(IMAGE_BASE, seal.image_length, MADV_NOHUGEPAGE); /* to see single pages */
}

size_t heap_pieces(void)
{
    return serial < PLACES_MAX ? serial : PLACES_MAX;
}

size_t heap_used(void)
{
    return (size_t)(staying.top - IMAGE_BASE);
}

size_t heap_passing(void)
{
    return passing_pieces;
}

size_t heap_length(void *piece)
{
    return *region_length_of(piece);
}

/* The word before a piece's length, in a rehearsal: the number of the allocation that has the piece. */
static size_t *owner_of(void *memory)
{
    return (size_t *)memory - 2;
}

void *heap_piece(size_t number, size_t *length)
{
    void *piece = places[number];
    if (piece && piece != HEAP_GONE && piece != HEAP_FLEETING)
        *length = *region_length_of(piece);
    return piece;
}

/* Calls `visit` for each, by the number of its allocation, or that of an earlier one at the same place. No memory can be
 * taken any more. */
void heap_each_passing(void (*visit)(uint32_t number, void *context), void *context)
{
    region_mark_freed(&passing);
    for (size_t number = 0; number < heap_pieces(); number++)
        if (places[number] && *region_length_of(places[number]))
            visit((uint32_t)number, context);
}

/* A piece of an area; pages of their own while they are watched. */
static void *take_in(enum area area, size_t length)
{
    if (areas[area].top + room_for(length) > areas[area].end)
        return NULL;
    char *piece = areas[area].top + head;
    areas[area].top += room_for(length);
    *region_length_of(piece) = length;
    return piece;
}

static void acquire(void)
{
    while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) {
    }
}

static void release(void)
{
    __atomic_clear(&lock, __ATOMIC_RELEASE);
}

static void *take_from(struct region *region, size_t length, size_t alignment, bool again)
{
    void *piece = alignment <= UNIT && (again || length > REGION_SMALL) ? region_take_freed(region, length) : NULL;
    return piece ? piece : region_take_new(region, length, alignment);
}

static bool is_passing(const void *piece)
{
    return (const char *)piece >= staying.end;
}

/* Zeroed memory of the image; NULL for more than any image may hold. */
void *heap_take(size_t length, size_t alignment)
{
    void *piece = NULL;
    if (length > HEAP_MOST) {
        errno = ENOMEM;
        return NULL;
    }
    length = region_rounded(length);
    acquire();
    size_t number = serial++;
    enum area area = alignment <= UNIT ? plan_of(number).area : AREA_REST;
    if (area == AREA_GONE)
        piece = take_from(&passing, length, alignment, true);
    else if (area != AREA_REST && area < AREA_COUNT)
        piece = take_in(area, length);
    if (!piece) /* what stays takes new memory: so what a module holds lies together, wherever others have left room */
        piece = take_from(&staying, length, alignment, area != AREA_REST || number >= plan_count());
    if (piece && is_passing(piece))
        passing_pieces++;
    if (piece && number < PLACES_MAX && (spread || is_passing(piece)))
        places[number] = piece;
    if (piece && spread)
        *owner_of(piece) = number;
    release();
    if (!piece)
        _exit(TAKE_FULL); /* the build starts again with more room */
    trace_piece(piece, length);
    return piece;
}

void *heap_take_arena(size_t length)
{
    char *arena = heap_take(length, PAGE);
    if (arena)
        *region_length_of(arena) = 0; /* not needed, and on a page that is all zeros else: snapshot/sparse.c */
    return arena;
}

/* Two equal names are one: the interpreter keeps the first as long as it is used, and its cache of attributes uses names,
 * too, in slots that depend on addresses. So it is not the same names that are freed each time. */
static bool is_name(const void *piece)
{
    return *region_length_of((void *)piece) >= sizeof(PyObject) && Py_IS_TYPE((PyObject *)piece, &PyUnicode_Type);
}

/* Freed memory is zeroed: the image compresses better, and holds nothing that was to be forgotten. */
void heap_give_back(void *piece)
{
    bool may_stay = is_name(piece);
    memset(piece, 0, *region_length_of(piece));
    acquire();
    if (spread && *owner_of(piece) < PLACES_MAX)
        places[*owner_of(piece)] = may_stay ? HEAP_FLEETING : HEAP_GONE;
    if (is_passing(piece))
        passing_pieces--;
    region_put(is_passing(piece) ? &passing : &staying, piece);
    release();
}
