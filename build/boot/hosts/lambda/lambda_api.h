#pragma once

#include "hosts/http/http_client.h"

enum { LAMBDA_ID_MAX = 64 };
struct lambda_api {
    struct http_client client;
    struct timer again;
    struct http_request request; /* the one under way */
    int file;                    /* what its answer's body goes into; -1: nothing */
    uint64_t most;
    double patience;
    unsigned failures; /* of this request, one after another */
    bool is_sent_again; /* the API may have had it already */
    void (*answered)(int status); /* 0: it cannot be reached; the headers are the client's. Never within a call of these: */
    char path[160], headers[256];
};
bool lambda_api_open(struct lambda_api *api, const char *address); /* false: it is no address */
void lambda_api_next(struct lambda_api *api, int event, uint64_t most); /* a file for the event, and its bytes at the most */
void lambda_api_respond(struct lambda_api *api, const char *id, bool is_json, int file, uint64_t length);
void lambda_api_fail(struct lambda_api *api, const char *id, const char *type, const char *document, size_t length);
void lambda_api_fail_to_begin(struct lambda_api *api, const char *type, const char *document, size_t length);
bool lambda_api_is_id(const char *id); /* NULL is none */
