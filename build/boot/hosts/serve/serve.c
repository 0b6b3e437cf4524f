/* The host of HTTP: every request is a run in a process of its own (docs/hosts.md). One thread, one loop. Read serve_run(),
 * at the end, first. */
#include "hosts/serve/serve.h"

#include "hosts/apart.h"
#include "hosts/http/clients.h"
#include "hosts/http/connection.h"
#include "hosts/http/listener.h"
#include "hosts/json_log.h"
#include "hosts/log_output.h"
#include "hosts/serve/metrics.h"
#include "hosts/serve/queue.h"
#include "hosts/serve/serve_options.h"
#include "hosts/serve/sidecar_log.h"
#include "hosts/serve/spares.h"
#include "hosts/worker.h"
#include "shared/clock.h"
#include "shared/settings.h"
#include "supervisor/child.h"
#include "supervisor/private_tmp.h"
#include "supervisor/signals.h"
#include "supervisor/template.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STATUS_USAGE = 2, DESCRIPTORS_EACH = 4, DESCRIPTORS_CONNECTION = 2, DESCRIPTORS_OWN = 32, DESCRIPTORS_FEWEST = 16 };

struct serve serve = {
    .port = 8080, .metrics_port = NO_PORT, .workers = 32, .spares = 2, .queue = 256, .max_body = 128 << 20, .drain = 15,
};
static unsigned requests_to_end;
static struct timer out_of_patience;

/* Of what is under way, each with its answer; what is not whole by now never becomes a run. */
static void end_all(int number)
{
    workers_end(number);
    queue_end();
    connections_hurry();
}

static void lose_patience(struct timer *timer)
{
    (void)timer;
    end_all(SIGTERM);
}

static void on_signal(int number)
{
    if (!signal_asks_to_end(number))
        return;
    if (requests_to_end++) { /* a second time */
        end_all(number);
        return;
    }
    json_log_say("INFO", "asked to end (%s): %u requests are finished first", signal_name(number), clients_busy());
    listener_close();
    clients_end_idle();
    spares_stop();
    loop_set(&out_of_patience, monotonic_now() + serve.drain);
}

static int fail(const char *what, const char *reason)
{
    fprintf(stderr, "fn: serve: %s%s%s\n", what, *reason ? ": " : "", reason);
    return *reason ? EXIT_FAILURE : STATUS_USAGE;
}

static int cannot_listen(unsigned port)
{
    const char *address = serve.address ?: "any address", *reason = strerrordesc_np(errno);
    const char *advice = errno == EADDRINUSE ? "; choose another with --port or --metrics-port" : "";
    fprintf(stderr, "fn: serve: cannot listen at %s, port %u: %s%s\n", address, port, reason, advice);
    return EXIT_FAILURE;
}

/* As many connections as descriptors allow, each with a file for what it sends or is sent; functions get the limit that there
 * was. */
static unsigned most_connections(void)
{
    struct rlimit limit;
    unsigned own = DESCRIPTORS_OWN + DESCRIPTORS_EACH * (2 * serve.workers + 16);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 64;
    function_files = limit;
    rlim_t wanted = DESCRIPTORS_CONNECTION * CONNECTIONS_MOST + own;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (limit.rlim_cur < function_files.rlim_cur)
        limit.rlim_cur = function_files.rlim_cur;
    setrlimit(RLIMIT_NOFILE, &limit);
    rlim_t left = (limit.rlim_cur > 2 * own ? limit.rlim_cur - own : limit.rlim_cur / 2) / DESCRIPTORS_CONNECTION;
    unsigned most = left < CONNECTIONS_MOST ? (unsigned)left : CONNECTIONS_MOST;
    function_files_before = (int)(own + DESCRIPTORS_CONNECTION * most);
    return most;
}

static bool open_all(void)
{
    unsigned connections = most_connections(), timers = connections + 3 * serve.workers + 64;
    struct timer **heap = mmap(NULL, timers * sizeof *heap, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct watched *signals = signals_open(on_signal);
    function_note_strangers();
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what a handler leaves behind becomes ours, to be ended */
    log_output_open();
    out_of_patience.fire = lose_patience;
    return heap != MAP_FAILED && signals && loop_open(heap, timers) && loop_watch(signals, EPOLLIN) &&
           apart_open() && connections_open(connections) && workers_open();
}

static void turn(void)
{
    loop_turn();
    workers_check();
    queue_serve();
    workers_dispose();
}

static int serve_requests(void)
{
    while (!requests_to_end || clients_busy()) {
        while (spares_start_one())
            apart(queue_serve);
        spares_trim();
        apart(turn);
    }
    function_end_orphans();
    json_log_say("INFO", "ended");
    log_output_finish();
    return EXIT_SUCCESS;
}

int serve_run(int argc, char **argv)
{
    struct rlimit files;
    bool by_name = argc > 1 && !strcmp(argv[1], "serve");
    const char *complaint = serve_read(&serve, argv + (by_name ? 2 : argc > 0));
    if (complaint)
        return fail(complaint, "");
    if (settings_own()->problem[0]) /* of variables that all hosts have */
        return fail(settings_own()->problem, "");
    if (!sidecar_log_open())
        return fail("FN_SIDECAR: expected an address and a port, such as localhost:8889", "");
    function_private_tmp = serve.private_tmp;
    if (serve.private_tmp && !private_tmp_possible())
        return fail("--private-tmp needs root that may mount, or namespaces of users", strerrordesc_np(errno));
    if (!open_all())
        return fail("cannot begin", strerrordesc_np(errno));
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < DESCRIPTORS_FEWEST)
        return fail("cannot begin", "too few files may be open to answer anybody: allow more (ulimit -n)");
    if (!listener_open())
        return cannot_listen(serve.port);
    json_log_say("INFO", "listening on port %u", serve.port);
    if (serve.metrics_port != NO_PORT) {
        if (!metrics_open() || !listener_open_metrics())
            return cannot_listen(serve.metrics_port);
        json_log_say("INFO", "metrics on port %u", serve.metrics_port);
    }
    spares_open(argc, argv);
    return template_serve(argc, argv, serve_requests);
}
