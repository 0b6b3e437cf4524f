/* libc's functions that list a folder, for carried ones. See files.h. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* What `DIR *` stands for. A real one begins with a descriptor, which is never negative: so the two can be told apart. */
struct listing {
    int64_t mark;
    size_t count, next;
    struct dirent64 **entries;
    const char *folder; /* while it is made */
    size_t length;      /* of that */
    bool complete;
};
enum { MARK = -0x666e };

static bool add(struct listing *listing, const char *name, size_t length, bool is_folder)
{
    for (size_t i = 0; i < listing->count; i++)
        if (!strncmp(listing->entries[i]->d_name, name, length) && !listing->entries[i]->d_name[length])
            return true;
    if (!(listing->count & (listing->count - 1))) { /* full: room for as many again */
        void *more = realloc(listing->entries, (listing->count ? 2 * listing->count : 1) * sizeof *listing->entries);
        if (!more)
            return false;
        listing->entries = more;
    }
    struct dirent64 *entry = length < sizeof entry->d_name ? calloc(1, sizeof *entry) : NULL;
    if (!entry)
        return false;
    entry->d_ino = entry->d_off = (off_t)listing->count + 1;
    entry->d_reclen = sizeof *entry;
    entry->d_type = is_folder ? DT_DIR : DT_REG;
    memcpy(entry->d_name, name, length);
    listing->entries[listing->count++] = entry;
    return true;
}

static bool add_path(const char *path, bool is_folder, void *context)
{
    struct listing *listing = context;
    if (listing->length) {
        if (strncmp(path, listing->folder, listing->length) || path[listing->length] != '/')
            return true;
        path += listing->length + 1;
    }
    size_t length = strcspn(path, "/");
    return !length || add(listing, path, length, is_folder || path[length]);
}

static void free_listing(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->entries[i]);
    free(listing->entries);
    free(listing);
}

static struct listing *of(DIR *folder)
{
    return *(int64_t *)folder == MARK ? (struct listing *)folder : NULL;
}

ANSWERS DIR *opendir(const char *path)
{
    struct file file;
    char name[PATH_MAX];
    if (!files_find(path, &file) || !files_normalize(path, name))
        return NEXT(opendir)(path);
    if (!file.is_folder) {
        errno = ENOTDIR;
        return NULL;
    }
    struct listing *listing = calloc(1, sizeof *listing);
    if (!listing)
        return NULL;
    *listing = (struct listing){.mark = MARK, .folder = name, .length = strlen(name)};
    if (!files_each(add_path, listing)) {
        free_listing(listing);
        errno = ENOMEM;
        return NULL;
    }
    return (DIR *)listing;
}

ANSWERS struct dirent64 *readdir64(DIR *folder)
{
    struct listing *listing = of(folder);
    if (!listing)
        return NEXT(readdir64)(folder);
    return listing->next < listing->count ? listing->entries[listing->next++] : NULL;
}

ANSWERS struct dirent *readdir(DIR *folder)
{
    return (struct dirent *)readdir64(folder); /* the same on this machine */
}

ANSWERS void rewinddir(DIR *folder)
{
    struct listing *listing = of(folder);
    if (listing)
        listing->next = 0;
    else
        NEXT(rewinddir)(folder);
}

ANSWERS int dirfd(DIR *folder)
{
    if (!of(folder))
        return NEXT(dirfd)(folder);
    errno = ENOTSUP;
    return -1;
}

ANSWERS int closedir(DIR *folder)
{
    struct listing *listing = of(folder);
    if (!listing)
        return NEXT(closedir)(folder);
    free_listing(listing);
    return 0;
}
