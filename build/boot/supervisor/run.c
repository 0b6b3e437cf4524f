/* One run: a function in a process of its own, its log, its time, and how it ends. Whoever asked for it (supervise.c) gives
 * it its input and publishes its outcome. Nothing here is about one run in particular: a process may have many. */
#include "supervisor/run.h"

#include "shared/clock.h"
#include "supervisor/scratch_dir.h"
#include "supervisor/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double GRACE = 2.0;   /* seconds from the request to end to SIGKILL */
static const double GIVE_UP = 5.0; /* and from there on for the kernel, which may hold a process that reads from a dead disk */

void run_end(struct run *run, int number)
{
    function_send(&run->function, number);
    if (run->is_killed)
        return;
    if (run->kill_at == HUGE_VAL)
        run->kill_at = monotonic_now() + GRACE;
    loop_set(&run->timer, fmin(run->deadline, run->kill_at));
}

void run_on_signal(struct run *run, int number)
{
    if (signal_asks_to_end(number)) {
        if (!run->termination)
            run->termination = number;
        run_end(run, number);
    } else {
        function_send(&run->function, number);
    }
}

static void on_timer(struct timer *timer)
{
    struct run *run = CONTAINER_OF(timer, struct run, timer);
    double now = monotonic_now();
    if (run->is_killed) {
        run->is_lost = true;
    } else if (now >= run->kill_at) {
        function_kill(&run->function);
        run->is_killed = true;
        loop_set(timer, now + GIVE_UP);
    } else if (now >= run->deadline) {
        run->timed_out = !run->termination;
        run->deadline = HUGE_VAL;
        run_end(run, SIGTERM);
    }
}

/* False at the end of the pipe. */
static bool read_log(struct run *run, size_t most)
{
    unsigned char bytes[LOG_WRITER_MOST];
    ssize_t length = read(run->log.fd, bytes, most < sizeof bytes ? most : sizeof bytes);
    if (length < 0)
        return errno == EINTR || errno == EAGAIN;
    log_writer_feed(&run->writer, bytes, (size_t)length);
    log_writer_flush(&run->writer);
    return length > 0;
}

static void close_log(struct run *run)
{
    if (!run->held)
        loop_unwatch(&run->log);
    close(run->log.fd);
    run->log.fd = -1;
}

static void log_is_ready(struct watched *log, uint32_t events)
{
    struct run *run = CONTAINER_OF(log, struct run, log);
    (void)events;
    if (!read_log(run, SIZE_MAX)) {
        close_log(run); /* nobody holds the other end any more */
    } else if (log_writer_is_full(&run->writer)) {
        loop_unwatch(log);
        run->held = true;
    }
}

void run_resume(struct run *run)
{
    if (run->held && !log_writer_is_full(&run->writer))
        run->held = !loop_watch(&run->log, EPOLLIN);
}

bool run_start(struct run *run, enum host host, double timeout, int argc, char **argv)
{
    int log_pipe[2];
    run->timer.fire = on_timer;
    run->deadline = run->kill_at = HUGE_VAL;
    run->timeout = timeout;
    run->log = (struct watched){.ready = log_is_ready, .fd = -1};
    run->report = report_make(host);
    if (!run->report || pipe2(log_pipe, O_CLOEXEC) < 0)
        return false;
    run->report->started = monotonic_now();
    run->report->timeout = timeout;
    if (run->handler)
        strcpy(run->report->handler, run->handler);
    if (timeout > 0)
        run->deadline = run->report->started + timeout;
    run->log.fd = log_pipe[0];
    fcntl(run->log.fd, F_SETFL, O_NONBLOCK);
    int report_file = run->report->file;
    struct beginning beginning = {run->report, run->data_dir, log_pipe[1], run->input, run->output};
    bool started = function_start(&run->function, &beginning, argc, argv);
    int reason = errno;
    close(log_pipe[1]);
    if (report_file >= 0)
        close(report_file); /* that of the function is its own */
    errno = reason;
    return started;
}

bool run_watch(struct run *run)
{
    loop_set(&run->timer, run->deadline);
    return loop_watch(&run->log, EPOLLIN);
}

bool run_is_over(const struct run *run)
{
    return run->function.ended || run->is_lost || (run->log.fd < 0 && report_state(run->report));
}

/* What the function and its group have written is there now; others may hold the pipe open for ever. One that has
 * reported and closed the log is killed if it has not left by now: nothing that it does counts any more. */
void run_drain(struct run *run)
{
    char line[PATH_MAX + 128];
    int waiting = 0;
    loop_set(&run->timer, HUGE_VAL);
    function_kill(&run->function);
    if (run->log.fd >= 0 && ioctl(run->log.fd, FIONREAD, &waiting) == 0)
        while (waiting > 0) {
            size_t most = waiting < LOG_WRITER_MOST ? (size_t)waiting : LOG_WRITER_MOST;
            if (!read_log(run, most))
                break;
            waiting -= (int)most;
        }
    if (run->log.fd >= 0)
        close_log(run);
    log_writer_finish(&run->writer);
    int length = scratch_dir_line(run->report, line, sizeof line);
    log_writer_feed(&run->writer, (unsigned char *)line, (size_t)length);
    log_writer_flush(&run->writer);
    scratch_dir_remove(run->report);
}

struct exit_reason run_exit_reason(const struct run *run)
{
    if (report_state(run->report) != REPORT_NOTHING)
        return exit_reason_error("fn.output.unwritable", "the result was taken away before it could be published");
    const char *loading = run->report->has_started ? NULL : run->report->loading;
    return exit_reason_of(&(struct circumstances){run->timed_out, run->timeout, run->termination, run->function.status, loading});
}

void run_await_end(struct run *run)
{
    if (!run->is_lost)
        function_await_end(&run->function);
}

void run_abort(struct run *run)
{
    int reason = errno;
    function_kill(&run->function);
    function_await_end(&run->function);
    if (run->log.fd >= 0)
        close_log(run);
    errno = reason;
}
