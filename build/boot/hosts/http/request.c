/* What llhttp tells of a request, bit by bit: its head is kept as text, a short body behind it, a longer one goes into a file
 * in memory. */
#include "hosts/http/request.h"

#include "hosts/http/bodies.h"
#include "hosts/http/clients.h"
#include "hosts/http/connection.h"
#include "hosts/http/headers.h"
#include "hosts/serve/serve_options.h"
#include "shared/clock.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static const double HEAD = 15, BODY_REST = 30, BODY = 900; /* seconds */

static llhttp_settings_t callbacks;

static struct connection *connection_of(llhttp_t *parser)
{
    return CONTAINER_OF(parser, struct connection, parser);
}

static int refuse(struct connection *c, int status)
{
    c->refusal = status;
    return HPE_USER;
}

static int add_to_head(struct connection *c, const char *at, size_t length, bool small)
{
    return headers_add(c->head, HEAD_MOST, &c->head_used, at, length, small) ? 0 : refuse(c, 431);
}

/* Fields behind a chunked body are dropped: they would pass for headers, which a proxy in front has judged (RFC 9110, 6.5.1). */
static bool is_behind_body(const llhttp_t *parser)
{
    return parser->flags & F_TRAILING;
}

static int end_in_head(llhttp_t *parser)
{
    return is_behind_body(parser) ? 0 : add_to_head(connection_of(parser), "", 1, false);
}

static int on_begin(llhttp_t *parser)
{
    struct connection *c = connection_of(parser);
    client_has_begun(c);
    c->began = monotonic_now();
    c->reading_until = c->began + HEAD;
    loop_set(&c->timer, c->reading_until);
    return 0;
}

static int on_target(llhttp_t *parser, const char *at, size_t length)
{
    return add_to_head(connection_of(parser), at, length, false) ? refuse(connection_of(parser), 414) : 0;
}

/* What a proxy is sent, http://host/path, is the same as /path (RFC 9112, 3.2.2). */
static int end_of_target(llhttp_t *parser)
{
    struct connection *c = connection_of(parser);
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t start = strlen(schemes[i]);
        if (c->head_used < start || strncasecmp(c->head, schemes[i], start) != 0)
            continue;
        while (start < c->head_used && c->head[start] != '/' && c->head[start] != '?')
            start++;
        if (start == c->head_used || c->head[start] == '?')
            c->head[--start] = '/';
        c->head_used -= start;
        memmove(c->head, c->head + start, c->head_used);
        break;
    }
    return end_in_head(parser);
}

static int on_name(llhttp_t *parser, const char *at, size_t length)
{
    return is_behind_body(parser) ? 0 : add_to_head(connection_of(parser), at, length, true);
}

static int on_value(llhttp_t *parser, const char *at, size_t length)
{
    return is_behind_body(parser) ? 0 : add_to_head(connection_of(parser), at, length, false);
}

const char *request_header(const struct connection *c, const char *name)
{
    return headers_find(c->head, c->head_used, name);
}

/* Of CloudEvents: one at a time, as JSON. */
static bool event_is_taken(const char *type)
{
    static const char event[] = "application/cloudevents";
    if (!type || strncasecmp(type, event, sizeof event - 1) != 0)
        return true;
    type += sizeof event - 1;
    type += strncasecmp(type, "+json", 5) ? 0 : 5;
    return !*type || strchr("; \t", *type);
}

static bool is_there_once(const struct connection *c, const char *name)
{
    const char *value = request_header(c, name);
    return value && !headers_find(value, (size_t)(c->head + c->head_used - value), name);
}

/* However steadily a body comes, there is an end to it; before each of its parts there is a shorter one. */
static void await_body(struct connection *c)
{
    loop_set(&c->timer, fmin(c->reading_until, monotonic_now() + BODY_REST));
}

static int on_head(llhttp_t *parser)
{
    struct connection *c = connection_of(parser);
    const char *expects = parser->http_minor ? request_header(c, "expect") : NULL; /* RFC 9110, 10.1.1 */
    const char *coding = request_header(c, "transfer-encoding");
    parser->upgrade = 0; /* to another protocol: not here, and HTTP/1.1 goes on */
    c->head_only = parser->method == HTTP_HEAD;
    c->reading_until = c->began + BODY;
    await_body(c);
    if (parser->http_major != 1)
        return refuse(c, parser->http_major ? 505 : 400); /* a line without a version is one of HTTP/0.9 */
    if (coding && !parser->http_minor)
        return refuse(c, 400); /* HTTP/1.0 has none: a proxy in front may see another end of the request (RFC 9112, 6.1) */
    if (coding && (strcasecmp(coding, "chunked") != 0 || !is_there_once(c, "transfer-encoding")))
        return refuse(c, 501);
    if (parser->flags & F_CONTENT_LENGTH && parser->content_length > serve.max_body)
        return refuse(c, 413);
    if (!event_is_taken(request_header(c, "content-type")))
        c->refusal = 415;
    if (request_header(c, "host") ? !is_there_once(c, "host") : parser->http_minor)
        c->refusal = 400;
    if (expects && strcasecmp(expects, "100-continue") != 0)
        c->refusal = 417;
    if (c->refusal && expects)
        return refuse(c, c->refusal); /* its body comes only when it is asked for */
    c->body_is_short = parser->flags & F_CONTENT_LENGTH && c->head_used + parser->content_length <= HEAD_MOST;
    if (!c->refusal && !c->body_is_short && !body_has_room(c, parser->content_length))
        return refuse(c, 507);
    c->expects_continue = expects && !c->refusal && (parser->content_length || parser->flags & F_CHUNKED);
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct connection *c = connection_of(parser);
    c->expects_continue = false;
    await_body(c);
    if (length > serve.max_body - c->body_length)
        return refuse(c, 413);
    c->body_length += length;
    if (c->refusal)
        return 0;
    if (c->body_is_short) {
        memcpy(c->head + c->head_used + c->body_length - length, at, length);
        return 0;
    }
    return body_add(c, at, length) ? 0 : refuse(c, 507);
}

static int on_end(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

/* ---- for the connection ---- */

void requests_open(void)
{
    bodies_open();
    llhttp_settings_init(&callbacks);
    callbacks.on_message_begin = on_begin;
    callbacks.on_url = on_target;
    callbacks.on_url_complete = end_of_target;
    callbacks.on_header_field = on_name;
    callbacks.on_header_field_complete = end_in_head;
    callbacks.on_header_value = on_value;
    callbacks.on_header_value_complete = end_in_head;
    callbacks.on_headers_complete = on_head;
    callbacks.on_body = on_body;
    callbacks.on_message_complete = on_end;
}

void request_expect(struct connection *c)
{
    llhttp_init(&c->parser, HTTP_REQUEST, &callbacks);
}

void request_cut(struct connection *c)
{
    if (!c->head_used || c->head[c->head_used - 1])
        add_to_head(c, "", 1, false);
    c->head[HEAD_MOST - 1] = 0;
}
