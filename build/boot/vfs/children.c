/* libc's functions that start a program. Another program does not see bundled files: if its arguments name some, it gets
 * them as open files in memory, or as unpacked ones if there are no files in memory, or no /proc by which it could open
 * them. See files.h. */
#include "files.h"

#include "shared/list_length.h"
#include "shared/report.h"
#include "shared/unpack.h"
#include "supervisor/own_path.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HANDED_MOST = 256 }; /* to one program: each takes a descriptor, and some of the stack that a vfork shares */

struct copy {
    int fd; /* to close after the start; -1: none */
    bool in_memory;
    char path[PLACE_MAX];
};

/* All of this may run between vfork and exec: it allocates nothing, and changes nothing that the parent sees, except for
 * the report, in which all processes of the function agree on one folder. */

static bool is_file(const char *path)
{
    struct file file;
    return files_find(path, &file) && !file.is_folder;
}

/* Makes a file that another program can open, or that can be executed. */
static int make_copy(struct copy *copy, bool is_program)
{
    const char *folder = BUNDLED_FOLDER;
    if (!*folder && syscall(SYS_faccessat, AT_FDCWD, "/proc/self/fd", F_OK) < 0)
        folder = unpack_shared((char[REASONS_MAX]){""});
    if (!folder)
        return -1;
    int fd = *folder ? -1 : place_in_memory(is_program ? MFD_EXEC : MFD_NOEXEC_SEAL);
    if (fd < 0 && !*folder && (!is_program || !(folder = unpack_shared((char[REASONS_MAX]){""}))))
        fd = place_in_memory(MFD_NOEXEC_SEAL); /* good enough to be read */
    copy->in_memory = fd >= 0;
    if (fd < 0)
        return folder && *folder ? place_make(folder, 0, copy->path) : fd;
    snprintf(copy->path, sizeof copy->path, "/proc/self/fd/%d", fd);
    return fd;
}

/* Returns the path by which another program can open a bundled file; the given path if it names none, or on failure. */
static const char *handed(const char *path, struct copy *copy)
{
    struct file file;
    copy->fd = -1;
    if (!files_find(path, &file) || file.is_folder)
        return path;
    bool is_program = files_is_program(&file);
    int fd = make_copy(copy, is_program);
    if (fd < 0)
        return path;
    bool written = files_write(&file, fd) == 0 && lseek(fd, 0, SEEK_SET) == 0 && fchmod(fd, is_program ? 0500 : 0400) == 0;
    if (copy->in_memory && written)
        copy->fd = fd;
    else
        close(fd); /* a file that is open for writing cannot be executed; the supervisor removes the file */
    return written ? copy->path : path;
}

/* How many arguments are handed over: none to this file itself, which sees them where they are. */
static size_t files_among(const char *program, char *const argv[])
{
    size_t count = 0;
    if (!strcmp(program, own_path()))
        return 0;
    for (size_t i = 1, length = list_length(argv); i < length; i++)
        count += is_file(argv[i]);
    return count;
}

/* Copies the arguments, and replaces those that name bundled files, but not the first, the program's own name. */
static void hand_over(char *const argv[], char *to[], struct copy *next)
{
    size_t length = list_length(argv);
    for (size_t i = 0; i < length; i++)
        to[i] = i && is_file(argv[i]) ? (char *)handed(argv[i], next++) : argv[i];
    to[length] = NULL;
}

ANSWER(int, execve)(const char *path, char *const argv[], char *const environment[])
{
    size_t count = files_among(path, argv);
    if (count > HANDED_MOST)
        return files_fail(E2BIG);
    struct copy program, files[count + 1];
    char *own[list_length(argv) + 1];
    if (count)
        hand_over(argv, own, files);
    return (int)syscall(SYS_execve, handed(path, &program), count ? own : argv, environment);
}

ANSWER(int, execv)(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

typedef __typeof__(posix_spawn) spawner;

static int spawn(spawner *libc, pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const environment[])
{
    size_t count = files_among(path, argv);
    if (count > HANDED_MOST)
        return E2BIG;
    struct copy program, files[count + 1];
    char *own[list_length(argv) + 1];
    if (count)
        hand_over(argv, own, files);
    path = handed(path, &program);
    int problem = libc(child, path, actions, attributes, count ? own : argv, environment);
    for (size_t i = 0; i < count; i++)
        if (files[i].fd >= 0)
            close(files[i].fd);
    if (program.fd >= 0)
        close(program.fd);
    return problem;
}

ANSWER(int, posix_spawn)(pid_t *restrict child, const char *restrict path,
                        const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attributes,
                        char *const argv[restrict], char *const environment[restrict])
{
    return spawn(NEXT(posix_spawn), child, path, actions, attributes, argv, environment);
}

ANSWER(int, posix_spawnp)(pid_t *restrict child, const char *restrict name,
                         const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attributes,
                         char *const argv[restrict], char *const environment[restrict])
{
    return spawn(NEXT(posix_spawnp), child, name, actions, attributes, argv, environment);
}
