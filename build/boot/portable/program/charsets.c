/* The modules of libc for iconv(3) that the file carries (build/link/portable.py). libc reads the list of them from a
 * folder, once, past all that a program can answer for: the list is in one for that moment, and names bundled objects. */
#include "shared/settings.h"
#include "vfs/files.h"

#include <fcntl.h>
#include <iconv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST "gconv-modules"

/* Has libc read the list in a new folder, and removes both. Whether there was room for it. */
static bool read_in(const char *parent, const struct file *list)
{
    char folder[PATH_MAX], path[PATH_MAX + sizeof LIST + 1];
    if (!parent || *parent != '/' || snprintf(folder, sizeof folder, "%s/.fn.XXXXXX", parent) >= (int)sizeof folder)
        return false;
    if (!mkdtemp(folder))
        return false;
    snprintf(path, sizeof path, "%s/" LIST, folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written = fd >= 0 && files_write(list, fd) == 0;
    if (written && setenv("GCONV_PATH", folder, 1) == 0) {
        iconv_t first = NEXT(iconv_open)("UTF-8", "ISO-8859-1");
        if (first != (iconv_t)-1)
            iconv_close(first);
        unsetenv("GCONV_PATH");
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    rmdir(folder);
    return written;
}

static void read_list(void)
{
    struct file list;
    if (getenv("GCONV_PATH") || !files_find(FILES_ROOT "/lib/gconv/" LIST, &list))
        return;
    const char *folders[] = {
        getenv("FN_TMP_DIR"), getenv("TMPDIR"), "/dev/shm", "/tmp", settings_own()->data_dir,
    };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (read_in(folders[i], &list))
            return;
    fputs("fn: the character sets of the file cannot be used: libc wants a folder for a moment; name one with FN_TMP_DIR\n",
          stderr);
}

ANSWER(iconv_t, iconv_open)(const char *to, const char *from)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_list);
    return NEXT(iconv_open)(to, from);
}
