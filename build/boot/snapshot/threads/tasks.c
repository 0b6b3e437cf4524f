/* What the kernel tells of the threads of this process. Build time only. */
#include "snapshot/threads/tasks.h"

#include "shared/raw_syscall.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

void tasks_each(void (*what)(const char *number))
{
    char names[1024] __attribute__((aligned(__alignof__(struct dirent64)))); /* of whoever looks: several may */
    int folder = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (ssize_t length; folder >= 0 && (length = getdents64(folder, names, sizeof names)) > 0;)
        for (ssize_t at = 0; at < length; at += ((struct dirent64 *)(names + at))->d_reclen)
            if (((struct dirent64 *)(names + at))->d_name[0] != '.')
                what(((struct dirent64 *)(names + at))->d_name);
    if (folder >= 0)
        close(folder);
    memset(names, 0, sizeof names); /* a snapshot holds the stack */
}

void tasks_read(const char *number, const char *what, char *text, size_t size)
{
    char place[96];
    snprintf(place, sizeof place, "/proc/self/task/%.20s/%s", number, what);
    int file = open(place, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, size - 1) : 0;
    text[length > 0 ? length : 0] = 0;
    if (file >= 0)
        close(file);
}

static __thread unsigned at_work; /* this thread among them */

static void count_at_work(const char *number)
{
    char about[256];
    tasks_read(number, "stat", about, sizeof about);
    const char *name_end = strrchr(about, ')');
    at_work += name_end && name_end[1] && name_end[2] != 'S';
}

bool tasks_others_work(void)
{
    at_work = 0;
    tasks_each(count_at_work);
    bool others = at_work > 1;
    at_work = 0; /* a snapshot holds it */
    return others;
}

bool tasks_is_main(void)
{
    return raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0) == raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
}
