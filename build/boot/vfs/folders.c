/* libc's functions that list a folder, for bundled ones. See files.h. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* What `DIR *` stands for. A real one begins with a descriptor, which is never negative: so the two can be told apart. */
struct listing {
    int64_t mark;
    const struct path *first, *next, *end;
    struct dirent64 entry; /* the last one that was read */
};
enum { MARK = -0x666e };

static struct listing *of(DIR *folder)
{
    return *(int64_t *)folder == MARK ? (struct listing *)folder : NULL;
}

ANSWER(DIR *, opendir)(const char *path)
{
    struct file file;
    if (!files_find(path, &file)) {
        struct place place = aside(AT_FDCWD, path);
        if (is_aside(path)) {
            int fd = openat(place.folder, place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            return fd < 0 ? NULL : fdopendir(fd);
        }
        return NEXT(opendir)(path);
    }
    if (!file.is_folder) {
        errno = ENOTDIR;
        return NULL;
    }
    struct listing *listing = malloc(sizeof *listing);
    if (!listing)
        return NULL;
    const struct path *first = fn_archive.paths + file.row->first;
    *listing = (struct listing){.mark = MARK, .first = first, .next = first, .end = first + file.row->count};
    return (DIR *)listing;
}

ANSWER(struct dirent64 *, readdir64)(DIR *folder)
{
    struct listing *listing = of(folder);
    if (!listing)
        return NEXT(readdir64)(folder);
    if (listing->next == listing->end)
        return NULL;
    const struct path *row = listing->next++;
    const char *slash = strrchr(row->name, '/');
    struct dirent64 *entry = &listing->entry;
    *entry = (struct dirent64){
        .d_ino = files_number(row), .d_off = listing->next - listing->first, .d_reclen = sizeof *entry,
        .d_type = row->length == PATH_FOLDER ? DT_DIR : DT_REG,
    };
    strncpy(entry->d_name, slash ? slash + 1 : row->name, sizeof entry->d_name - 1);
    return entry;
}

ANSWER(struct dirent *, readdir)(DIR *folder)
{
    return (struct dirent *)readdir64(folder); /* the same on this machine */
}

ANSWER(void, rewinddir)(DIR *folder)
{
    struct listing *listing = of(folder);
    if (listing)
        listing->next = listing->first;
    else
        NEXT(rewinddir)(folder);
}

ANSWER(int, dirfd)(DIR *folder)
{
    if (!of(folder))
        return NEXT(dirfd)(folder);
    errno = ENOTSUP;
    return -1;
}

ANSWER(int, closedir)(DIR *folder)
{
    struct listing *listing = of(folder);
    if (!listing)
        return NEXT(closedir)(folder);
    free(listing);
    return 0;
}
