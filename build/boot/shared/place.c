/* Files for the dynamic loader: in memory (memfd), or in a folder where the sandbox has no memory files. Written without
 * libc, since the auditor has none: the loader is not ready to give it one. */
#include "shared/place.h"

#include "portable/bundled.h"
#include "shared/raw_syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static char *append(char *end, const char *text)
{
    while (*text)
        *end++ = *text++;
    *end = 0;
    return end;
}

static char *append_number(char *end, unsigned long number)
{
    char digits[24], *first = digits + sizeof digits - 1;
    *first = 0;
    do
        *--first = (char)('0' + number % 10);
    while (number /= 10);
    return append(end, first);
}

/* "/proc/self/fd/" and the like, drawn out with "./" until a name of that length fits over it. */
static char *begin(const char *folder, size_t least, char path[PLACE_MAX])
{
    char *end = append(append(path, folder), "/");
    while ((size_t)(end - path) < least && end < path + PLACE_MAX - 32)
        end = append(end, "./");
    return end;
}

int place_in_memory(unsigned how)
{
    long fd = raw_syscall(SYS_memfd_create, (long)"fn", how, 0, 0, 0, 0);
    if (fd == -EINVAL) /* an older kernel */
        fd = raw_syscall(SYS_memfd_create, (long)"fn", how & (MFD_CLOEXEC | MFD_ALLOW_SEALING), 0, 0, 0, 0);
    return (int)fd;
}

int place_make(const char *folder, size_t least, char path[PLACE_MAX])
{
    static unsigned long made;
    int fd;
    if (!*folder) {
        fd = place_in_memory(MFD_CLOEXEC | MFD_NOEXEC_SEAL);
        if (fd >= 0)
            append_number(begin("/proc/self/fd", least, path), (unsigned long)fd);
        return fd;
    }
    char *name = begin(folder, least, path);
    do {
        char *end = append_number(name, (unsigned long)raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0));
        append_number(append(end, "-"), made++);
        fd = (int)raw_syscall(SYS_open, (long)path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600, 0, 0, 0);
    } while (fd == -EEXIST);
    return fd;
}

int place_write(int fd, const char *bytes, uint64_t offset, uint64_t length)
{
    while (length) {
        long written = raw_syscall(SYS_pwrite64, fd, (long)(bytes + offset), (long)length, (long)offset, 0, 0);
        if (written == -EINTR)
            continue;
        if (written <= 0)
            return written ? (int)written : -EIO;
        offset += (uint64_t)written;
        length -= (uint64_t)written;
    }
    return 0;
}

int place_fill(int fd, const struct object *object, bool whole)
{
    if (whole)
        return place_write(fd, object->bytes, 0, object->length);
    int problem = (int)raw_syscall(SYS_ftruncate, fd, (long)object->length, 0, 0, 0, 0);
    for (uint32_t i = 0; !problem && i < object->piece_count; i++)
        problem = place_write(fd, object->bytes, object->pieces[i].offset, object->pieces[i].length);
    return problem;
}

void place_close(int fd)
{
    raw_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
}

void place_drop(int fd, const char *folder, const char *path)
{
    if (*folder)
        raw_syscall(SYS_unlink, (long)path, 0, 0, 0, 0, 0);
    place_close(fd);
}

/* Linux and every libc of x86-64: a device and a number, side by side, among the words of the loader's description. */
void place_renumber(struct link_map *map, uint64_t device, uint64_t number, uint64_t instead)
{
    enum { WORDS = 128 };
    uint64_t *words = (uint64_t *)map;
    for (unsigned i = 0; i + 1 < WORDS; i++)
        if (words[i] == device && words[i + 1] == number) {
            words[i] = 0; /* no device has it */
            words[i + 1] = ~instead;
            return;
        }
}

int place_open_self(void)
{
    return (int)raw_syscall(SYS_open, (long)"/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, 0, 0, 0);
}

int place_map(int fd, char *address, uint64_t length, uint64_t protection, uint64_t offset)
{
    long result = raw_syscall(SYS_mmap, (long)address, (long)length, (long)protection, MAP_PRIVATE | MAP_FIXED, fd, (long)offset);
    return result < 0 && result > -4096 ? (int)result : 0;
}
