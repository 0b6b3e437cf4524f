/* Bodies that are too long to lie behind their heads: each is a file in memory until a function has it. All together take
 * half of the memory that this container may have, at the most, so that no crowd of clients brings the server to its end.
 * A body that is alone is always taken. */
#include "hosts/http/bodies.h"

#include "hosts/http/connection.h"
#include "shared/nameless_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static uint64_t held, most; /* bytes */

/* The limit of a control group, which a container has as its root; without one the file is missing, or says "max". */
static uint64_t limit_in(const char *path, uint64_t otherwise)
{
    char text[32];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return otherwise;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    uint64_t limit = strtoull(text, NULL, 10);
    return limit && limit < otherwise ? limit : otherwise;
}

void bodies_open(void)
{
    struct sysinfo machine;
    uint64_t memory = sysinfo(&machine) == 0 ? (uint64_t)machine.totalram * machine.mem_unit : UINT64_MAX;
    memory = limit_in("/sys/fs/cgroup/memory.max", memory);
    memory = limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes", memory); /* version 1 */
    most = memory / 2;
}

bool body_has_room(const struct connection *c, uint64_t length)
{
    return !length || held == c->body_held || (held <= most && length <= most - held);
}

bool body_add(struct connection *c, const char *bytes, size_t length)
{
    if (!body_has_room(c, length))
        return false;
    if (c->body < 0)
        c->body = nameless_file(NULL);
    if (c->body < 0 || !write_whole(c->body, bytes, length))
        return false;
    c->body_held += length;
    held += length;
    return true;
}

void body_drop(struct connection *c)
{
    if (c->body >= 0)
        close(c->body);
    c->body = -1;
    held -= c->body_held;
    c->body_held = 0;
}
