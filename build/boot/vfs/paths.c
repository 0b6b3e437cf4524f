/* What opening.c, looking.c and changes.c share: whether a path is that of a bundled file, and the kernel's answer where it is not. */
#include "vfs/files.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int paths_fail(int problem)
{
    errno = problem;
    return -1;
}

int paths_otherwise(const char *path, long result)
{
    if (result < 0)
        files_explain(path);
    return (int)result;
}

bool paths_find(const char *path, struct file *file)
{
    struct stat real;
    return files_find(path, file) &&
           (file->row != fn_archive.paths || syscall(SYS_stat, path, &real) || S_ISDIR(real.st_mode));
}
