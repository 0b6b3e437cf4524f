/* The heap of the image, while it is taken: where each piece of memory goes, and what is done with it when it is freed.
 * Freed memory is zeroed: the image compresses better, and holds nothing that was to be forgotten. Build time only. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNIT = 16, SMALL = 1024, SIZE_CLASSES = SMALL / UNIT + 1 };

static char *top;                   /* the end of what is used */
static char *hot_top, *hot_end;     /* the part at the beginning for what runs write */
static void *unused[SIZE_CLASSES];  /* freed pieces by size, linked through their first word */
static void *unused_large;          /* the same, of any size above SMALL */
static volatile char lock;          /* an import may start threads, as long as it ends them */

/* ---- where each piece goes, by the number of its allocation, which is the same in each snapshot ---- */

static const uint32_t *plan; /* by number: the length of a piece that runs write, else 0 */
static size_t planned, serial;
static bool spread; /* in a rehearsal: planned pieces on pages of their own */
static void **places; /* in a rehearsal: by number */
enum { PLACES_MAX = 1 << 24, PAGE = 4096 };

static void *map(size_t length, int fd)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_PRIVATE;
    void *memory = mmap(NULL, length, fd < 0 ? PROT_READ | PROT_WRITE : PROT_READ, flags, fd, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

static size_t room_for(size_t length)
{
    return spread ? (length + UNIT + PAGE - 1) / PAGE * PAGE : length + UNIT;
}

static size_t read_plan(const char *path)
{
    size_t room = 0;
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status))
        abort();
    planned = (size_t)status.st_size / sizeof *plan;
    plan = planned ? map((size_t)status.st_size, fd) : NULL;
    close(fd);
    for (size_t i = 0; i < planned; i++)
        room += plan[i] ? room_for(plan[i]) : 0;
    return room;
}

void heap_begin(const char *plan_path, bool rehearsal)
{
    spread = rehearsal;
    hot_top = IMAGE_BASE + IMAGE_HEAD;
    hot_end = hot_top + (read_plan(plan_path) + PAGE - 1) / PAGE * PAGE;
    top = hot_end;
    image_end = IMAGE_BASE + seal.image_length;
    if (rehearsal) {
        places = map(PLACES_MAX * sizeof *places, -1);
        madvise(IMAGE_BASE, seal.image_length, MADV_NOHUGEPAGE); /* to see single pages */
    }
}

size_t heap_pieces(void)
{
    return serial < PLACES_MAX ? serial : PLACES_MAX;
}

size_t heap_used(void)
{
    return (size_t)(top - IMAGE_BASE);
}

/* The word before a piece of the image is its length. */
static size_t *length_of(void *memory)
{
    return (size_t *)memory - 1;
}

size_t heap_length(void *piece)
{
    return *length_of(piece);
}

void heap_count(void)
{
    serial++;
}

/* The word before that, in a rehearsal: the number of the allocation that has the piece. */
static size_t *owner_of(void *memory)
{
    return (size_t *)memory - 2;
}

void *heap_piece(size_t number, size_t *length)
{
    void *piece = places[number];
    if (!piece || *owner_of(piece) != number)
        return NULL;
    *length = *length_of(piece);
    return piece;
}

/* A piece of the hot part; pages of their own while they are watched. */
static void *take_hot(size_t length)
{
    if (hot_top + room_for(length) > hot_end)
        return NULL;
    char *piece = hot_top + UNIT;
    hot_top += room_for(length);
    *length_of(piece) = length;
    return piece;
}

static size_t rounded(size_t length)
{
    return length ? (length + UNIT - 1) & ~(size_t)(UNIT - 1) : UNIT;
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

static void *take_first(void **list)
{
    void *piece = *list;
    if (piece) {
        *list = *(void **)piece;
        *(void **)piece = NULL;
    }
    return piece;
}

/* The first large piece that is long enough; what it has too much stays in the list. */
static void *take_large(size_t length)
{
    for (void **list = &unused_large; *list; list = *list) {
        size_t held = *length_of(*list);
        if (held < length)
            continue;
        char *piece = take_first(list);
        if (held - length > SMALL + UNIT) {
            void **rest = (void **)(piece + length + UNIT);
            *length_of(piece) = length;
            *length_of(rest) = held - length - UNIT;
            *rest = unused_large;
            unused_large = rest;
        }
        return piece;
    }
    return NULL;
}

static void *take_new(size_t length, size_t alignment)
{
    uintptr_t start = ((uintptr_t)top + UNIT + alignment - 1) & ~(alignment - 1);
    if (start + length > (uintptr_t)image_end)
        return NULL;
    *length_of((void *)start) = length;
    top = (char *)start + length;
    return (void *)start;
}

/* Zeroed memory of the image. */
void *heap_take(size_t length, size_t alignment)
{
    void *piece = NULL;
    if (length > seal.image_length) {
        errno = ENOMEM;
        return NULL;
    }
    length = rounded(length);
    acquire();
    size_t number = serial++;
    if (number < planned && plan[number] && alignment <= UNIT)
        piece = take_hot(length);
    if (!piece && alignment <= UNIT)
        piece = length <= SMALL ? take_first(&unused[length / UNIT]) : take_large(length);
    if (!piece)
        piece = take_new(length, alignment);
    if (piece && places && number < PLACES_MAX) {
        places[number] = piece;
        *owner_of(piece) = number;
    }
    release();
    if (!piece)
        errno = ENOMEM;
    return piece;
}

/* Freed memory is zeroed: the image compresses better, and holds nothing that was to be forgotten. */
void heap_give_back(void *piece)
{
    size_t length = *length_of(piece);
    void **list = length > SMALL ? &unused_large : &unused[length / UNIT];
    memset(piece, 0, length);
    acquire();
    if (places)
        *owner_of(piece) = SIZE_MAX;
    *(void **)piece = *list;
    *list = piece;
    release();
}
