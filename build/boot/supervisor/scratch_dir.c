/* The folder that a portable file unpacks into where memory files cannot be used. The function makes it and notes its
 * name in the report; the supervisor removes it, however the function ended. Allocates nothing. */
#include "supervisor/scratch_dir.h"

#include "shared/report.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int scratch_dir_line(const struct report *of, char *line, size_t room)
{
    if (of->program_folder != FOLDER_MADE)
        return 0;
    return snprintf(line, room, "fn: carried programs were unpacked into %.*s (those in memory are not executed)\n",
                    PATH_MAX - 1, of->scratch_dir);
}

/* With the folders in it, if these may hold some: of interpreters that the run has started and that were killed with it. */
static void remove_folder(int parent, const char *name, bool with_folders)
{
    char entries[4096] __attribute__((aligned(__alignof__(struct dirent64))));
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return;
    for (ssize_t length; (length = getdents64(folder, entries, sizeof entries)) > 0;)
        for (ssize_t at = 0; at < length;) {
            struct dirent64 *entry = (struct dirent64 *)(entries + at);
            at += entry->d_reclen;
            if (unlinkat(folder, entry->d_name, 0) == 0 || !with_folders)
                continue;
            if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
                remove_folder(folder, entry->d_name, false);
        }
    close(folder);
    unlinkat(parent, name, AT_REMOVEDIR);
}

void scratch_dir_remove(const struct report *of)
{
    if (of->scratch_dir[0])
        remove_folder(AT_FDCWD, of->scratch_dir, true);
}
