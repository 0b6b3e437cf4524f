/* The input of a call: an ordinary file as it is, or a copy of a stream or of an argument. */
#include "hosts/call/call_input.h"

#include "shared/nameless_file.h"
#include "supervisor/run.h"
#include "supervisor/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

static struct run *run;
static const char *problem_met; /* while it was read */

static void read_source(struct watched *source, uint32_t events)
{
    (void)events;
    if (read_into(source->fd, run->input))
        return;
    int problem = errno;
    if (source->ready)
        loop_unwatch(source);
    source->fd = -1;
    if (problem) {
        problem_met = strerrordesc_np(problem);
        function_kill(&run->function);
    } else {
        lseek(run->input, 0, SEEK_SET);
        report_prepared(run->report);
    }
}

static struct watched source = {.ready = read_source, .fd = -1}; /* a stream that is copied into the input */

/* An argument that is the input itself, and not where it lies. */
static bool is_json(const char *text)
{
    text += strspn(text, " \t\r\n");
    bool is_number = strcspn(text, "0123456789") < strlen(text) && !text[strspn(text, "-+.eE0123456789")];
    return (*text && strchr("{[\"", *text)) || is_number || !strcmp(text, "true") || !strcmp(text, "false") || !strcmp(text, "null");
}

static bool is_stdin(const char *place)
{
    return !place || !strcmp(place, "-");
}

/* An ordinary file is the function's input as it is. */
bool call_input_open(struct run *of, const char *place)
{
    struct stat status;
    run = of;
    if (!is_stdin(place) && is_json(place)) {
        run->input = nameless_file(NULL);
        return run->input >= 0 && write_whole(run->input, place, strlen(place)) && lseek(run->input, 0, SEEK_SET) == 0;
    }
    int fd = is_stdin(place) ? STDIN_FILENO : open(place, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        return false;
    if (S_ISREG(status.st_mode)) {
        run->input = fd;
        return true;
    }
    source.fd = fd;
    run->input = nameless_file(NULL);
    return run->input >= 0;
}

/* Lets the function go on as soon as its input is whole. What cannot be waited for (/dev/null) is there already. */
void call_input_begin(void)
{
    if (source.fd < 0) {
        report_prepared(run->report);
    } else if (!loop_watch(&source, EPOLLIN)) {
        source.ready = NULL;
        while (source.fd >= 0 && !run->termination) {
            read_source(&source, 0);
            signals_take();
        }
    }
}

const char *call_input_problem(void)
{
    return problem_met;
}
