/* A fuzzer of the host of HTTP, guided by coverage, in one process: what is between a client's socket and a run. Its inputs are
 * what a client sends; the processes of functions are played here, and the clock. `fuzz SECONDS SEED PLACE INPUT...` mutates
 * inputs that have led to new code, and leaves the one that it was at in PLACE; `fuzz 0 0 OTHER PLACE` does that again. */
#include "fuzz.h"

#include "hosts/apart.h"
#include "hosts/http/clients.h"
#include "hosts/http/connection.h"
#include "hosts/log_output.h"
#include "hosts/serve/metrics.h"
#include "hosts/serve/queue.h"
#include "hosts/serve/serve_options.h"
#include "hosts/serve/sidecar_log.h"
#include "hosts/serve/spares.h"
#include "hosts/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 4, ANSWERS_MOST = 1 << 20 };

void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

/* ---- an input ---- */

static char *answers;
static size_t answered;
static unsigned runs; /* whose clients wait for an answer */

static void turn(int client)
{
    for (int i = 0; i < TURNS; i++) {
        while (spares_start_one())
            queue_serve();
        loop_turn();
        workers_check();
        queue_serve();
        workers_dispose();
        for (ssize_t got; client >= 0 && (got = recv(client, answers + answered, ANSWERS_MOST - answered, MSG_DONTWAIT)) > 0;)
            answered += (size_t)got;
        require(answered < ANSWERS_MOST, "answers without end");
        for (struct worker *each = workers_first(WORKER_LEAVING); each; each = TAILQ_NEXT(each, of_state))
            stage_leave(each);
    }
}

/* Each has a status and one length, and its body but for HEAD; no run's is missing. */
static void check_answers(void)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n", length_name[] = "\r\nContent-Length: ";
    unsigned count = 0;
    for (char *at = answers, *end = answers + answered; at < end;) {
        if ((size_t)(end - at) >= sizeof interim - 1 && !memcmp(at, interim, sizeof interim - 1)) {
            at += sizeof interim - 1;
            continue;
        }
        char *body = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
        require(body && !memcmp(at, "HTTP/1.1 ", 9) && at[9] >= '2' && at[9] <= '5', "an answer that is none");
        char *length = memmem(at, (size_t)(body + 2 - at), length_name, sizeof length_name - 1);
        require(length && !memmem(length + 2, (size_t)(body - length - 2), length_name, sizeof length_name - 1), "not one length");
        unsigned long size = strtoul(length + sizeof length_name - 1, NULL, 10);
        at = body + 4;
        count++;
        bool has_none = at == end || ((size_t)(end - at) >= 9 && !memcmp(at, "HTTP/1.1 ", 9));
        require(has_none || size <= (unsigned long)(end - at), "an answer that is cut");
        at += has_none ? 0 : size;
    }
    require(runs <= count, "a run without an answer");
}

static void do_input(const struct input *input)
{
    int ends[2];
    size_t step = input->bytes[1] % 64 ? (size_t)input->bytes[1] % 64 * 7 : INPUT_MOST;
    runs = 0;
    answered = 0;
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0, "no socket");
    connection_greet(ends[0], input->bytes[2] == 255);
    for (size_t at = CONTROL; at < input->length; at += step) {
        size_t length = input->length - at < step ? input->length - at : step;
        if (send(ends[1], input->bytes + at, length, MSG_NOSIGNAL) != (ssize_t)length)
            break; /* refused, and closed */
        turn(ends[1]);
        for (struct worker *busy; (busy = workers_first(WORKER_BUSY)); turn(ends[1]))
            runs += stage_end_run(busy, input);
    }
    stage_ahead += input->bytes[2] & 3 ? (input->bytes[2] & 3) * 12 : 0;
    turn(ends[1]);
    if (input->bytes[2] & 4)
        shutdown(ends[1], SHUT_WR);
    turn(ends[1]);
    check_answers();
    close(ends[1]);
    turn(-1);
    stage_ahead += 1000;
    turn(-1);
    require(!clients_busy() && !queue_length() && !workers_count(WORKER_BUSY), "something is left over");
}

/* ---- all of it ---- */

static void is_always_ready(struct watched *watched, uint32_t events)
{
    (void)watched, (void)events;
}

static void open_host(void)
{
    static struct timer *heap[256];
    static struct watched always = {.ready = is_always_ready};
    serve.workers = serve.queue = 2;
    serve.spares = 1;
    serve.max_body = 4096;
    serve.access_log = true;
    always.fd = eventfd(1, EFD_CLOEXEC);
    require(loop_open(heap, 256) && loop_watch(&always, EPOLLIN) && apart_open() && connections_open(1) && workers_open() &&
                sidecar_log_open() && metrics_open(), "no host");
    log_output_open();
    spares_open(0, NULL);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    time_t until = time(NULL) + (time_t) atof(argv[1]);
    int shown = dup(STDOUT_FILENO), nothing = open("/dev/null", O_WRONLY), place = open(argv[3], O_RDWR | O_CREAT, 0644);
    require(ftruncate(place, sizeof(struct input)) == 0 && dup2(nothing, STDOUT_FILENO) == STDOUT_FILENO, argv[3]);
    struct input *input = mmap(NULL, sizeof *input, PROT_READ | PROT_WRITE, MAP_SHARED, place, 0);
    answers = malloc(ANSWERS_MOST);
    require(input != MAP_FAILED && answers, "no memory");
    mutation_begin(strtoull(argv[2], NULL, 10));
    open_host();
    unsigned long count = 0;
    for (char **each = argv + 4; *each; each++, count++) {
        int fd = open(*each, O_RDONLY);
        if (atof(argv[1]) > 0) {
            ssize_t length = read(fd, input->bytes, INPUT_MOST);
            input->length = length > 0 ? (size_t)length : 0;
        } else {
            require(read(fd, input, sizeof *input) == sizeof *input, *each);
        }
        close(fd);
        require(input->length >= CONTROL && input->length <= INPUT_MOST, *each);
        do_input(input);
        coverage_is_new();
        mutation_keep(input);
    }
    for (; time(NULL) < until; count++) {
        mutation_next(input);
        coverage_begin();
        do_input(input);
        if (coverage_is_new())
            mutation_keep(input);
    }
    dprintf(shown, "%lu inputs, %zu kept, %u edges\n", count, mutation_kept(), coverage_count());
    return 0;
}
