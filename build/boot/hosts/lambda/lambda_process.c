/* The processes of the host of Lambda: each is restored, with its handler, before an event is asked for, and is given it then. */
#include "hosts/lambda/lambda_state.h"

#include "hosts/function_process.h"
#include "hosts/json_log.h"
#include "shared/nameless_file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LOST_MOST = 3 };
#define EVENT_MOST (64ULL << 20) /* bytes; Lambda sends 6 MiB at the most */

static void ask_for_next(void)
{
    lambda.event = nameless_file(NULL); /* a new one: what the last handler has left behind may hold the one before */
    if (lambda.event < 0) {
        json_log_say("ERROR", "there is no room for an event: %s", strerrordesc_np(errno));
        lambda_leave(EXIT_FAILURE);
        return;
    }
    lambda.has_asked = true;
    lambda.invocation = ASKING;
    lambda_api_next(&lambda_kept->api, lambda.event, EVENT_MOST);
}

static void hear_that_it_is_ready(struct watched *channel, uint32_t events)
{
    char byte;
    (void)events;
    loop_unwatch(channel);
    if (recv(channel->fd, &byte, 1, MSG_DONTWAIT) != 1)
        return; /* it ends, and that will be seen */
    lambda.process = READY;
    lambda.lost = 0;
    if (lambda.invocation == NOTHING)
        ask_for_next();
    else if (lambda.invocation == GIVEN)
        lambda_hand_over();
}

/* Not apart: a fork. */
void lambda_start_process(int argc, char **argv)
{
    if (!function_process_start(&lambda_kept->worker, HOST_LAMBDA, lambda.handler, argc, argv)) {
        struct exit_reason reason = exit_reason_error("fn.boot", strerrordesc_np(errno));
        lambda.process = USED;
        lambda_fail_to_begin(&reason);
        return;
    }
    lambda.channel = (struct watched){.ready = hear_that_it_is_ready, .fd = lambda_kept->worker.channel};
    lambda.process = STARTED;
    if (!loop_watch(&lambda.channel, EPOLLIN))
        function_kill(&lambda_kept->worker.run.function);
}

void lambda_lose_process(void)
{
    struct run *run = &lambda_kept->worker.run;
    bool was_ready = lambda.process == READY;
    if (lambda.process == STARTED)
        loop_unwatch(&lambda.channel); /* it may have been told of that already; that does no harm */
    run_drain(run);
    lambda.process = USED; /* until it is taken apart */
    if (was_ready && ++lambda.lost < LOST_MOST)
        return;
    lambda_fail_to_begin_as_reported();
}

/* Seconds until the moment at which Lambda ends all, or until FN_TIMEOUT; 0: there is none. */
static double time_for_it(void)
{
    const char *text = http_client_header(&lambda_kept->api.client, "lambda-runtime-deadline-ms");
    size_t digits = text ? strspn(text, "0123456789") : 0;
    struct timespec now;
    if (!digits || digits > 15 || text[digits])
        return lambda.timeout;
    clock_gettime(CLOCK_REALTIME, &now);
    double left = fmax(strtod(text, NULL) / 1e3 - ((double)now.tv_sec + (double)now.tv_nsec / 1e9), .001);
    return lambda.timeout > 0 ? fmin(left, lambda.timeout) : left;
}

void lambda_hand_over(void)
{
    struct worker *worker = &lambda_kept->worker;
    struct report *report = worker->run.report;
    const struct http_client *client = &lambda_kept->api.client;
    _Static_assert(sizeof report->request >= sizeof client->head, "all headers of an answer can be handed over");
    strcpy(worker->id, http_client_header(client, LAMBDA_ID_HEADER));
    strcpy(worker->handler, lambda.handler ?: "");
    report->request_length = (uint32_t)client->head_used;
    memcpy(report->request, client->head, client->head_used);
    lseek(lambda.event, 0, SEEK_SET);
    if (!function_process_begin(worker, lambda.event, time_for_it())) {
        lambda.invocation = GIVEN; /* for the next process: this one has ended, which will be seen */
        return;
    }
    close(lambda.event);
    lambda.event = -1;
    lambda.invocation = RUNNING;
    lambda.process = USED;
    if (lambda.asked_to_end)
        run_on_signal(&worker->run, lambda.asked_to_end);
}
