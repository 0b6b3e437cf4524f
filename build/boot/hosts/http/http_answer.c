/* What a client makes of the parts of an answer, as llhttp finds them: its head, within bounds, and its body into a file. */
#include "hosts/http/http_answer.h"

#include "hosts/http/headers.h"
#include "hosts/http/http_client.h"
#include "shared/nameless_file.h"

#include <string.h>

static struct http_client *client_of(llhttp_t *parser)
{
    return CONTAINER_OF(parser, struct http_client, parser);
}

static int add(llhttp_t *parser, const char *at, size_t length, bool small)
{
    struct http_client *client = client_of(parser);
    return headers_add(client->head, HTTP_HEAD_MOST, &client->head_used, at, length, small) ? 0 : HPE_USER;
}

static int on_name(llhttp_t *parser, const char *at, size_t length)
{
    return add(parser, at, length, true);
}

static int on_value(llhttp_t *parser, const char *at, size_t length)
{
    return add(parser, at, length, false);
}

static int on_part(llhttp_t *parser)
{
    return add(parser, "", 1, false);
}

static int on_begin(llhttp_t *parser)
{
    client_of(parser)->head_used = 0;
    return add(parser, "", 1, false); /* in the place of a target */
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct http_client *client = client_of(parser);
    if (length > client->most - client->got)
        return HPE_USER;
    client->got += length;
    return client->file < 0 || write_whole(client->file, at, length) ? 0 : HPE_USER;
}

static int on_end(llhttp_t *parser)
{
    struct http_client *client = client_of(parser);
    client->status = parser->status_code;
    client->is_whole = parser->status_code >= 200; /* after an interim answer another one comes */
    return client->is_whole ? HPE_PAUSED : 0;
}

/* An answer to HEAD has no body, whatever its length says; 101 is a protocol that nobody has asked for. */
static int on_head(llhttp_t *parser)
{
    if (parser->status_code == 101)
        return HPE_USER;
    return !strcmp(client_of(parser)->request.method, "HEAD");
}

const llhttp_settings_t *http_answer_callbacks(void)
{
    static llhttp_settings_t callbacks;
    if (callbacks.on_body)
        return &callbacks;
    llhttp_settings_init(&callbacks);
    callbacks.on_message_begin = on_begin;
    callbacks.on_header_field = on_name;
    callbacks.on_header_field_complete = on_part;
    callbacks.on_header_value = on_value;
    callbacks.on_header_value_complete = on_part;
    callbacks.on_headers_complete = on_head;
    callbacks.on_body = on_body;
    callbacks.on_message_complete = on_end;
    return &callbacks;
}
