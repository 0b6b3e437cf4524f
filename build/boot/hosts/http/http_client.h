/* A client of HTTP/1.1: one request at a time over a connection that is kept, in the event loop. Nothing waits, nothing is
 * allocated, and all that comes is bounded. It holds what peers have sent: its memory belongs in a mapping that functions do
 * not get, and turns of the loop are made apart (apart.h). */
#pragma once

#include "supervisor/loop.h"

#include <llhttp.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { HTTP_HEAD_MOST = 16 * 1024 }; /* bytes of a request's head, and of an answer's */
enum http_outcome {
    HTTP_ANSWERED,
    HTTP_REFUSED, /* no connection came about: the request was not sent */
    HTTP_LOST,    /* the connection ended, or what came was no answer, or too long: the peer may have seen the request */
    HTTP_LATE,    /* no answer in time: the same */
};
struct http_request {
    const char *method, *path;
    const char *headers; /* more of them, each with its end of line; NULL: none */
    const char *body;    /* stays where it is until the answer; NULL: none, or a file */
    int file;            /* its first `length` bytes are the body; stays open until the answer; -1: none */
    uint64_t length;     /* of the body */
};
struct http_client {
    struct watched socket; /* -1: there is no connection */
    struct timer timer;
    llhttp_t parser;
    enum { HTTP_IDLE, HTTP_CONNECTING, HTTP_SENDING, HTTP_READING } state;
    enum http_outcome failure; /* of a request that could not even begin */
    void (*answered)(struct http_client *client, enum http_outcome outcome); /* the owner's; never within a call of his */
    struct sockaddr_storage peer;
    socklen_t peer_length;
    char host[64];
    struct http_request request;
    size_t out_length, out_done;
    off_t body_done;
    bool is_whole, keep; /* the answer; the connection, after it */
    int status;          /* of the answer; its headers are in `head`, behind an empty text */
    int file;            /* the body goes into it; -1: it is dropped */
    uint64_t got, most;  /* bytes of it, and how many there may be */
    size_t head_used;
    char out[HTTP_HEAD_MOST];
    char head[HTTP_HEAD_MOST];
};
/* `address`: ADDRESS:PORT, of IPv4, IPv6 in brackets, or localhost; false: it is none of these. */
bool http_client_open(struct http_client *client, const char *address);
/* `file`: for the answer's body, or -1; `most`: bytes of it; `patience`: seconds until the answer, or HUGE_VAL. */
void http_client_ask(struct http_client *client, const struct http_request *request, int file, uint64_t most, double patience);
const char *http_client_header(const struct http_client *client, const char *name); /* in small letters; NULL: there is none */
void http_client_close(struct http_client *client); /* whatever is under way: nobody is told */
