/* What the host of Lambda says to the Runtime API, and what it hears: one request at a time, repeated for a while when the
 * connection is lost. */
#include "hosts/lambda/lambda_api.h"

#include "shared/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RUNTIME "/2018-06-01/runtime/"
static const double PATIENCE = 30;    /* seconds for an answer, but for that to `next` */
static const double FIRST_REST = .01; /* seconds until it is said again; each rest is twice the one before */
enum { FAILURES_MOST = 9 };           /* about five seconds */

static void say(struct lambda_api *api)
{
    /* Of an earlier attempt some of the event may be there. */
    if (api->file >= 0 && (ftruncate(api->file, 0) != 0 || lseek(api->file, 0, SEEK_SET) != 0))
        api->most = 0; /* whatever comes is too much */
    http_client_ask(&api->client, &api->request, api->file, api->most, api->patience);
}

static void say_again(struct timer *timer)
{
    say(CONTAINER_OF(timer, struct lambda_api, again));
}

static void hear(struct http_client *client, enum http_outcome outcome)
{
    struct lambda_api *api = CONTAINER_OF(client, struct lambda_api, client);
    if (outcome == HTTP_ANSWERED) {
        api->answered(client->status);
    } else if (++api->failures > FAILURES_MOST) {
        api->answered(0);
    } else {
        api->is_sent_again |= outcome != HTTP_REFUSED;
        loop_set(&api->again, monotonic_now() + FIRST_REST * (1 << (api->failures - 1)));
    }
}

bool lambda_api_open(struct lambda_api *api, const char *address)
{
    api->again = (struct timer){.fire = say_again};
    if (!http_client_open(&api->client, address))
        return false;
    api->client.answered = hear;
    return true;
}

static void begin(struct lambda_api *api, struct http_request request, int file, uint64_t most, double patience)
{
    api->request = request;
    api->request.path = api->path;
    api->request.headers = api->headers;
    api->file = file;
    api->most = most;
    api->patience = patience;
    api->failures = 0;
    api->is_sent_again = false;
    say(api);
}

void lambda_api_next(struct lambda_api *api, int event, uint64_t most)
{
    strcpy(api->path, RUNTIME "invocation/next");
    api->headers[0] = 0;
    begin(api, (struct http_request){.method = "GET", .file = -1}, event, most, HUGE_VAL);
}

void lambda_api_respond(struct lambda_api *api, const char *id, bool is_json, int file, uint64_t length)
{
    snprintf(api->path, sizeof api->path, RUNTIME "invocation/%s/response", id);
    snprintf(api->headers, sizeof api->headers, "Content-Type: %s\r\n", is_json ? "application/json" : "application/octet-stream");
    begin(api, (struct http_request){.method = "POST", .file = file, .length = length}, -1, UINT64_MAX, PATIENCE);
}

static void tell_error(struct lambda_api *api, const char *type, const char *document, size_t length)
{
    snprintf(api->headers, sizeof api->headers, "Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: %s\r\n", type);
    begin(api, (struct http_request){.method = "POST", .body = document, .file = -1, .length = length}, -1, UINT64_MAX, PATIENCE);
}

void lambda_api_fail(struct lambda_api *api, const char *id, const char *type, const char *document, size_t length)
{
    snprintf(api->path, sizeof api->path, RUNTIME "invocation/%s/error", id);
    tell_error(api, type, document, length);
}

void lambda_api_fail_to_begin(struct lambda_api *api, const char *type, const char *document, size_t length)
{
    strcpy(api->path, RUNTIME "init/error");
    tell_error(api, type, document, length);
}

/* It becomes part of a path: of the characters of a UUID, and not more. */
bool lambda_api_is_id(const char *id)
{
    static const char characters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    size_t length = id ? strspn(id, characters) : 0;
    return length && length < LAMBDA_ID_MAX && !id[length];
}
