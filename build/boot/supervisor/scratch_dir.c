/* The folder that a portable file unpacks into where memory files cannot be used. The function makes it and notes its
 * name in the report; the supervisor removes it, however the function ended. Allocates nothing. */
#include "supervisor/scratch_dir.h"

#include "shared/report.h"
#include "supervisor/log_writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void unpacked_tell(void)
{
    char line[PATH_MAX + 128];
    if (report->program_folder != FOLDER_MADE)
        return;
    int length = snprintf(line, sizeof line, "fn: carried programs were unpacked into %.*s (those in memory are not executed)\n",
                          PATH_MAX - 1, report->unpacked);
    pump_feed((unsigned char *)line, (size_t)length);
    pump_flush();
}

void unpacked_remove(void)
{
    char entries[4096] __attribute__((aligned(__alignof__(struct dirent64))));
    if (!report->unpacked[0])
        return;
    int folder = open(report->unpacked, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return;
    for (ssize_t length; (length = getdents64(folder, entries, sizeof entries)) > 0;)
        for (ssize_t at = 0; at < length;) {
            struct dirent64 *entry = (struct dirent64 *)(entries + at);
            unlinkat(folder, entry->d_name, 0); /* of "." and ".." refused */
            at += entry->d_reclen;
        }
    close(folder);
    rmdir(report->unpacked);
}
