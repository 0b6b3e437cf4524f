/* The exchange, as the supervisor sees it: lock, log, outcome, announcement. The only place that writes `done`.
 * Nothing here follows a link that lies in the directory. Nobody ever sees a file half written: files are made under
 * another name and renamed. The file for the outcome, with space for an error, and the file for the announcement are made
 * at the start, so that a full disk cannot silence a run. */
#include "supervisor/exchange.h"

#include "supervisor/descendant.h"
#include "supervisor/reserved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT "output.json"
#define ERROR "error.json"
#define DONE "done"
#define OUTCOME ".outcome.fn" /* becomes OUTPUT, which entry/runtime/exchange.py writes into it, or ERROR */
#define RESERVED_DONE ".done.fn"

static int directory = -1;
static int outcome = -1;

bool exchange_open(const char *path)
{
    directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 && errno == EACCES) /* it cannot be listed, and so it cannot be locked */
        directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return directory >= 0;
}

/* Locks the directory itself: without a file for it, nobody can take the lock away. The lock belongs to this descriptor,
 * which no other process has: the function was forked before, so neither it nor its orphans hold it. It ends with this
 * process, however that ends. */
bool exchange_lock(void)
{
    struct stat status;
    if (descendant_is_marked() && fstat(directory, &status) == 0 && descendant_of(&status))
        return false;
    return flock(directory, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; /* a file system may have no locks */
}

bool exchange_is_free(const char *path)
{
    bool is_free = exchange_open(path) && exchange_lock();
    if (directory >= 0)
        close(directory);
    directory = -1;
    return is_free;
}

bool exchange_finished(void)
{
    struct stat status;
    return fstatat(directory, DONE, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Renames a folder that is not empty; what was put aside by earlier runs keeps its name. */
static bool put_aside(const char *name)
{
    enum { MOST = 1000 };
    char aside[64];
    snprintf(aside, sizeof aside, "%s.stale", name);
    for (int number = 1; renameat(directory, name, directory, aside) != 0; number++) {
        if (number > MOST || (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR))
            return false;
        snprintf(aside, sizeof aside, "%s.stale.%d", name, number);
    }
    return true;
}

/* Takes a name out of the way, whatever lies there. False: it stays, and errno says why. */
static bool clear(const char *name)
{
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
        return true;
    return errno == EISDIR && (unlinkat(directory, name, AT_REMOVEDIR) == 0 || put_aside(name));
}

static int create(const char *name, int how)
{
    int flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | how;
    int fd = openat(directory, name, flags, 0644);
    if (fd < 0 && errno == EEXIST && clear(name))
        fd = openat(directory, name, flags, 0644);
    if (fd >= 0)
        fchmod(fd, 0644); /* whatever the umask: the sidecar may be another user */
    return fd;
}

/* An earlier log that is an ordinary file is emptied, not replaced: a reader may follow it already. */
static int create_log(void)
{
    int fd = openat(directory, "out.log", O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (fd >= 0) {
        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1 && ftruncate(fd, 0) == 0) {
            fchmod(fd, 0644);
            return fd;
        }
        close(fd);
    }
    return create("out.log", O_WRONLY | O_APPEND);
}

static bool make_reserved(void)
{
    int done = create(RESERVED_DONE, O_WRONLY);
    if (done < 0)
        return false;
    close(done);
    outcome = create(OUTCOME, O_RDWR);
    return outcome >= 0 && reserved_take(outcome);
}

/* A result of an earlier run that cannot be taken away would be a second outcome: such an exchange is refused, too. */
int exchange_prepare(void)
{
    int log = create_log();
    if (log < 0)
        return -1;
    if (clear(OUTPUT) && clear(ERROR) && make_reserved())
        return log;
    int reason = errno; /* nothing could be reported: as in a directory that cannot be written */
    close(log);
    clear("out.log");
    clear(RESERVED_DONE);
    clear(OUTCOME);
    errno = reason;
    return -1;
}

/* Renames over what the handler may have put there itself; false: nothing was published. */
static bool publish(const char *name)
{
    if (renameat(directory, OUTCOME, directory, name) == 0)
        return true;
    return (errno == EISDIR || errno == ENOTEMPTY || errno == EEXIST) && clear(name) &&
           renameat(directory, OUTCOME, directory, name) == 0;
}

bool exchange_publish_output(uint64_t length)
{
    struct stat staged;
    if (fstatat(directory, OUTCOME, &staged, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(staged.st_mode) ||
        (uint64_t)staged.st_size != length)
        return false;
    return clear(ERROR) && publish(OUTPUT);
}

/* Tells whether the reserved file still has its name: a handler may have put another file there. */
static bool outcome_is_in_place(void)
{
    struct stat reserved, found;
    return outcome >= 0 && fstat(outcome, &reserved) == 0 &&
           fstatat(directory, OUTCOME, &found, AT_SYMLINK_NOFOLLOW) == 0 && reserved.st_ino == found.st_ino &&
           reserved.st_dev == found.st_dev;
}

bool exchange_publish_error(const char *json, size_t length, const char *brief, size_t brief_length)
{
    clear(OUTPUT); /* should one stay, it counts for nothing beside an error */
    if (outcome_is_in_place() &&
        (reserved_fill(outcome, json, length) || reserved_fill(outcome, brief, brief_length) || reserved_is_error(outcome)) &&
        publish(ERROR))
        return true;
    int fd = create(OUTCOME, O_WRONLY); /* the reserved file is gone, or could not be written */
    bool written = fd >= 0 && (reserved_fill(fd, json, length) || reserved_fill(fd, brief, brief_length));
    if (fd >= 0)
        close(fd);
    return written && publish(ERROR);
}

void exchange_tidy(void)
{
    clear(OUTCOME);
}

bool exchange_announce(void)
{
    if (renameat(directory, RESERVED_DONE, directory, DONE) == 0)
        return true;
    int fd = create(RESERVED_DONE, O_WRONLY); /* somebody took it away, or this is another announcement (linger) */
    if (fd < 0)
        return false;
    close(fd);
    if (renameat(directory, RESERVED_DONE, directory, DONE) == 0)
        return true;
    clear(RESERVED_DONE);
    return exchange_finished();
}
