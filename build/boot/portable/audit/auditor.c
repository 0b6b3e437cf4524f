/* Answers the dynamic loader's searches with the shared objects that the file carries, through its interface for
 * auditing (rtld-audit(7)): whatever opens a library, by DT_NEEDED, dlopen or an import, comes by here, and an object is
 * touched when it is first asked for. Has no libc: see place.c. */
#include "portable/bundled.h"
#include "shared/place.h"
#include "shared/raw_syscall.h"
#include "shared/report.h"

#include <link.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { OUT_OF_PLACE = 70 };
#define SOURCE_OF_NAMES "libnss_" /* which libc opens for what /etc/nsswitch.conf lists beside `files` and `dns` */

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

static bool begins(const char *text, const char *with)
{
    while (*with && *text == *with)
        text++, with++;
    return !*with;
}

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

/* The path without `.` and `..`, as a package that looks beside itself joins it: `/fn-bundle/a/b/../c.so`. */
static const char *folded(const char *path, char *to)
{
    char *end = to;
    while (*path && end < to + PLACE_MAX - 1) {
        bool is_start = *path == '/';
        if (is_start && path[1] == '.' && (path[2] == '/' || path[2] == 0)) {
            path += 2;
        } else if (is_start && path[1] == '.' && path[2] == '.' && (path[3] == '/' || path[3] == 0)) {
            path += 3;
            while (end > to && *--end != '/')
                ;
        } else {
            *end++ = *path++;
        }
    }
    *end = 0;
    return to;
}

static const struct object *find(const char *name)
{
    char room[PLACE_MAX];
    bool is_path = false;
    for (const char *c = name; *c; c++)
        is_path |= *c == '/';
    if (is_path)
        name = folded(name, room);
    for (uint32_t i = 0; i < BUNDLED->object_count; i++) {
        const struct object *object = &BUNDLED->objects[i];
        if (same(name, is_path ? object->path : object->soname))
            return object;
    }
    return NULL;
}

/* Where a failure is looked for: by the supervisor before Python has started, by entry/frozen/shared_objects.py
 * afterwards. */
static void note_loading(const char *path)
{
    char *to = BUNDLED->report->loading, *end = to + sizeof BUNDLED->report->loading - 1;
    while (*path && to < end)
        *to++ = *path++;
    *to = 0;
    BUNDLED->report->loading_errno = 0;
}

static void say(const char *text)
{
    raw_syscall(SYS_write, 2, (long)text, (long)length_of(text), 0, 0, 0);
}

static void say_why(const struct object *object, int problem)
{
    say("fn: ");
    say(object->path);
    say(" cannot be loaded: ");
    say(BUNDLED->explain(-problem));
    say("\n");
    BUNDLED->report->loading_errno = -problem;
}

static void drop_opened(void)
{
    if (!opening.object)
        return;
    place_drop(opening.fd, BUNDLED_FOLDER, opening.path);
    if (opening.self >= 0)
        place_close(opening.self);
    opening.object = NULL;
}

unsigned la_version(unsigned version)
{
    BUNDLED->in_auditor = la_version;
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}

char *la_objsearch(const char *name, uintptr_t *cookie, unsigned flag)
{
    (void)cookie;
    const struct object *object = flag == LA_SER_ORIG ? find(name) : NULL;
    if (!object && begins(name, SOURCE_OF_NAMES))
        return NULL; /* the machine's is made for the machine's libc: passed over, as where there is none */
    if (!object)
        return (char *)name; /* of the machine, if it has such a library */
    drop_opened();                /* one that the loader has turned out to know already */
    note_loading(object->path);
    int fd = place_make(BUNDLED_FOLDER, length_of(object->path), opening.path), problem = fd;
    if (fd >= 0) {
        opening.object = object;
        opening.fd = fd;
        opening.self = place_open_self();
        problem = place_fill(fd, object, opening.self < 0);
    }
    if (problem >= 0)
        return opening.path;
    drop_opened();
    say_why(object, problem);
    return (char *)object->path; /* where no file is: the machine may have another of that name */
}

/* There is nobody to return an error to, and the object is full of holes. */
static void give_up(const struct object *object, int problem)
{
    say_why(object, problem);
    for (;;)
        raw_syscall(SYS_exit_group, OUT_OF_PLACE, 0, 0, 0, 0, 0);
}

/* The loader takes two files of one number for one object; this one is gone in a moment. */
static void renumber(struct link_map *map)
{
    struct stat about;
    if (raw_syscall(SYS_fstat, opening.fd, (long)&about, 0, 0, 0, 0) == 0)
        place_renumber(map, about.st_dev, about.st_ino, (uint64_t)(opening.object - BUNDLED->objects));
}

/* Maps the object over its holes, straight from the running file. */
static void map_parts(const struct link_map *map, const struct object *object, int self)
{
    for (uint32_t i = 0; i < object->part_count; i++) {
        const struct part *part = &object->parts[i];
        uint64_t offset = (uint64_t)(uintptr_t)object->bytes - BUNDLED->file_base + part->offset;
        int problem = place_map(self, (char *)map->l_addr + part->address, part->length, part->protection, offset);
        if (problem < 0)
            give_up(object, problem);
    }
}

/* The program, which the loader was given; it asks before it looks at more than its head. */
static void open_program(const struct link_map *map)
{
    const struct object *program = &BUNDLED->objects[OBJECT_PROGRAM];
    int self = place_open_self();
    if (self < 0)
        give_up(program, self);
    map_parts(map, program, self);
    place_close(self);
    BUNDLED->program_has_holes = false;
}

unsigned la_objopen(struct link_map *map, Lmid_t lmid, uintptr_t *cookie)
{
    (void)lmid, (void)cookie;
    const struct object *object = opening.object;
    if (!*map->l_name && BUNDLED->program_has_holes)
        open_program(map);
    if (!object || !same(map->l_name, opening.path))
        return 0;
    if (opening.self >= 0)
        map_parts(map, object, opening.self);
    renumber(map);
    drop_opened();
    note_loading("");
    for (size_t i = 0; i <= length_of(object->path); i++) /* tools and libraries shall see its own name */
        map->l_name[i] = object->path[i];
    return 0;
}

/* What the loader has asked of its files, such as their owner, is still on the stack, of which libraries copy remains with the
 * gaps of their objects: so it would be in the snapshot. Everything is open by now, and nothing below is in use. */
__attribute__((noinline)) static void clear_stack(void)
{
    enum { WORDS = 4096 }; /* more than the loader's frames take */
    uint64_t below[WORDS];
    for (size_t i = 0; i < WORDS; i++)
        *(volatile uint64_t *)&below[i] = 0;
}

void la_activity(uintptr_t *cookie, unsigned flag)
{
    (void)cookie;
    if (flag == LA_ACT_CONSISTENT && BUNDLED->capturing)
        clear_stack();
}
