/* Answers the dynamic loader's searches with the shared objects that the file carries, through its interface for
 * auditing (rtld-audit(7)): whatever opens a library, by DT_NEEDED, dlopen or an import, comes by here, and an object is
 * touched when it is first asked for. Has no libc: see place.c. */
#include "carried.h"

#include <link.h>
#include <sys/syscall.h>

enum { OUT_OF_PLACE = 70 };

static struct {
    const struct object *object; /* NULL: none is being opened; the loader's lock is held from search to opening */
    int fd, self;
    char path[PLACE_MAX];
} opening;

static bool same(const char *one, const char *other)
{
    while (*one && *one == *other)
        one++, other++;
    return *one == *other;
}

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

static const struct object *find(const char *name)
{
    bool is_path = false;
    for (const char *c = name; *c; c++)
        is_path |= *c == '/';
    for (uint32_t i = 0; i < CARRIED->object_count; i++) {
        const struct object *object = &CARRIED->objects[i];
        if (same(name, is_path ? object->path : object->soname))
            return object;
    }
    return NULL;
}

static void forget(void)
{
    if (!opening.object)
        return;
    place_drop(opening.fd, CARRIED->report->unpacked, opening.path);
    if (opening.self >= 0)
        place_close(opening.self);
    opening.object = NULL;
}

unsigned la_version(unsigned version)
{
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}

char *la_objsearch(const char *name, uintptr_t *cookie, unsigned flag)
{
    (void)cookie;
    const struct object *object = flag == LA_SER_ORIG ? find(name) : NULL;
    if (!object)
        return (char *)name; /* of the machine, if it has such a library */
    forget();                /* one that the loader has turned out to know already */
    int fd = place_make(CARRIED->report->unpacked, length_of(object->path), opening.path);
    if (fd < 0)
        return (char *)name; /* the loader says that it cannot be opened, and by what name */
    opening.object = object;
    opening.fd = fd;
    opening.self = place_open_self();
    if (place_fill(fd, object, opening.self < 0) < 0) {
        forget();
        return (char *)name;
    }
    return opening.path;
}

/* There is nobody to return an error to, and the object is full of holes. */
static void give_up(void)
{
    static const char words[] = "fn: a carried library could not be mapped\n";
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "0"(SYS_write), "D"(2), "S"(words), "d"(sizeof words - 1)
                     : "rcx", "r11", "memory");
    for (;;)
        __asm__ volatile("syscall" : "=a"(result) : "0"(SYS_exit_group), "D"(OUT_OF_PLACE) : "rcx", "r11", "memory");
}

unsigned la_objopen(struct link_map *map, Lmid_t lmid, uintptr_t *cookie)
{
    (void)lmid, (void)cookie;
    const struct object *object = opening.object;
    if (!object || !same(map->l_name, opening.path))
        return 0;
    for (uint32_t i = 0; opening.self >= 0 && i < object->part_count; i++) {
        const struct part *part = &object->parts[i];
        uint64_t offset = (uint64_t)(uintptr_t)object->bytes - CARRIED->file_base + part->offset;
        if (place_map(opening.self, (char *)map->l_addr + part->address, part->length, part->protection, offset) < 0)
            give_up();
    }
    forget();
    for (size_t i = 0; i <= length_of(object->path); i++) /* tools and libraries shall see its own name */
        map->l_name[i] = object->path[i];
    return 0;
}
