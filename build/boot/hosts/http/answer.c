/* What a client is sent: a head with the length, then a body that is short, or a file that is passed on as it is. */
#include "hosts/http/answer.h"

#include "hosts/function_process.h"
#include "hosts/http/connection.h"
#include "hosts/http/listener.h"
#include "hosts/http/request.h"
#include "hosts/http/result_headers.h"
#include "hosts/json_log.h"
#include "hosts/serve/metrics.h"
#include "hosts/worker.h"
#include "shared/clock.h"
#include "shared/nameless_file.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

static const double REST = 60, LAST = 2; /* seconds in which a client has to take something; and the rest, at the end */
static double time_for_all = 900;        /* seconds in which it has to take all of an answer */
enum { HEADER_TEXT = 1024 };   /* bytes of a text that becomes a header */

/* ---- sending ---- */

static void give_up(struct connection *c)
{
    c->keep_alive = false;
    shutdown(c->socket.fd, SHUT_RDWR);
    connection_answered(c);
}

void answers_hurry(void)
{
    time_for_all = LAST;
}

void answer_hurry(struct connection *c)
{
    c->answering_until = fmin(c->answering_until, monotonic_now() + LAST);
    loop_set(&c->timer, c->answering_until);
}

void answer_send(struct connection *c)
{
    while (c->out_done < c->out_length || c->file_at < c->file_end) {
        ssize_t sent = c->out_done < c->out_length
            ? send(c->socket.fd, c->out + c->out_done, c->out_length - c->out_done,
                   MSG_NOSIGNAL | MSG_DONTWAIT | (c->file_at < c->file_end ? MSG_MORE : 0))
            : sendfile(c->socket.fd, c->file, &c->file_at, (size_t)(c->file_end - c->file_at));
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN) {
            loop_change(&c->socket, EPOLLOUT);
            loop_set(&c->timer, fmin(c->answering_until, monotonic_now() + REST));
            return;
        }
        if (sent <= 0) {
            give_up(c);
            return;
        }
        if (c->out_done < c->out_length)
            c->out_done += (size_t)sent;
    }
    loop_set(&c->timer, HUGE_VAL);
    connection_answered(c);
}

/* ---- heads ---- */

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"}, {299, "Failed"}, {400, "Bad Request"}, {404, "Not Found"}, {405, "Method Not Allowed"}, {408, "Request Timeout"},
        {413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"}, {417, "Expectation Failed"},
        {422, "Unprocessable Content"}, {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"}, {501, "Not Implemented"}, {503, "Service Unavailable"}, {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

__attribute__((format(printf, 2, 3))) static void add(struct connection *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof c->out - c->out_length;
    int length = vsnprintf(c->out + c->out_length, room, format, arguments);
    va_end(arguments);
    c->out_length += (size_t)length < room ? (size_t)length : room - 1;
}

static void begin_head(struct connection *c, int status, const char *type, uint64_t length)
{
    c->state = ANSWERING;
    c->keep_alive = c->keep_alive && listener_is_open(); /* a client may send its next request just as the server ends */
    c->answering_until = monotonic_now() + time_for_all;
    c->out_length = c->out_done = 0;
    c->file_at = c->file_end = 0;
    add(c, "HTTP/1.1 %d %s\r\nContent-Length: %llu\r\n", status, reason_of(status), (unsigned long long)length);
    if (type)
        add(c, "Content-Type: %s\r\n", type);
    add(c, "%s", c->keep_alive ? c->parser.http_major == 1 && c->parser.http_minor == 0 ? "Connection: keep-alive\r\n" : ""
                               : "Connection: close\r\n");
    json_log_access(c, status, length);
}

void answer_plainly(struct connection *c, int status, const char *headers, const char *message)
{
    char body[512];
    int length = snprintf(body, sizeof body, "{\"message\":\"%s\"}\n", message);
    if (!c->is_metrics)
        metrics_note_status(status);
    begin_head(c, status, "application/json", (uint64_t)length);
    add(c, "%s\r\n", headers);
    if (!c->head_only)
        add(c, "%s", body);
    answer_send(c);
}

void answer_file(struct connection *c, const char *type, int file, uint64_t length)
{
    begin_head(c, 200, type, length);
    add(c, "\r\n");
    c->file = file;
    c->file_end = c->head_only ? 0 : (off_t)length;
    answer_send(c);
}

/* ---- outcomes ---- */

/* The text of a member of an error document ({"code":"...","message":"..."}, entry/api/errors.py), fit for a header. */
static void member(const char *json, size_t length, const char *name, char text[HEADER_TEXT])
{
    char beginning[32];
    int skipped = snprintf(beginning, sizeof beginning, "\"%s\":\"", name);
    const char *at = memmem(json, length, beginning, (size_t)skipped), *end = json + length;
    size_t used = 0;
    for (at = at ? at + skipped : end; at < end && *at != '"' && used < HEADER_TEXT - 1; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte == '\\' && at + 1 < end && *++at == 'u') {
            at += end - at > 4 ? 4 : 0;
            byte = ' ';
        } else if (byte == '\\') {
            byte = (unsigned char)*at;
        }
        text[used++] = byte < 0x20 || byte == 0x7f ? ' ' : (char)byte;
    }
    while (used == HEADER_TEXT - 1 && used && ((unsigned char)text[used - 1] & 0xc0) == 0x80)
        used--; /* no part of a character is left */
    if (used && (unsigned char)text[used - 1] >= 0xc0)
        used--;
    while (used && text[used - 1] == ' ')
        used--;
    text[used] = 0;
}

/* 200 is success and nothing else. None of 502 to 504, which callers repeat by themselves: an outcome is final. An error
 * without a code must not be caught by a workflow: Direktiv's releases take it for such with any status of success, and
 * for a code of their own with another; its main branch fails with anything but 200. */
static int status_of(const struct connection *c, const char *code)
{
    if (!*code && request_header(c, "direktiv-actionid"))
        return 299;
    if (!strncmp(code, "fn.input.", strlen("fn.input.")))
        return 400;
    if (!strcmp(code, "fn.handler.unknown") || !strcmp(code, "fn.handler.ambiguous"))
        return 404;
    return !*code || !strncmp(code, "fn.", strlen("fn.")) ? 500 : 422;
}

static void answer_error(struct connection *c, const char *json, size_t length, const char *brief, size_t brief_length)
{
    char code[HEADER_TEXT], message[HEADER_TEXT];
    member(brief, brief_length, "code", code);
    member(brief, brief_length, "message", message);
    int file = nameless_file(NULL);
    if (file >= 0 && !write_whole(file, json, length)) {
        close(file);
        file = -1;
    }
    if (file < 0)
        length = 0; /* its code and message are in the head */
    metrics_note_outcome(code, monotonic_now() - c->began);
    begin_head(c, status_of(c, code), "application/json", length);
    if (*code)
        add(c, "Direktiv-ErrorCode: %s\r\n", code);
    add(c, "Direktiv-ErrorMessage: %s\r\n\r\n", message);
    c->file = file;
    c->file_end = (off_t)length;
    answer_send(c);
}

static void answer_result(struct connection *c, struct worker *worker, bool is_short, uint64_t length)
{
    struct run *run = &worker->run;
    char head[ANSWER_HEAD_MAX + 1];
    bool own = result_headers(run->report, head);
    metrics_note_outcome(NULL, monotonic_now() - c->began);
    begin_head(c, 200, own ? NULL : run->report->is_json ? "application/json" : "application/octet-stream", length);
    add(c, "%s\r\n", own ? head : "");
    if (length <= sizeof c->out - c->out_length) {
        ssize_t got = (ssize_t)length;
        if (is_short)
            memcpy(c->out + c->out_length, run->report->request, length);
        else
            got = pread(run->output, c->out + c->out_length, length, 0);
        if ((uint64_t)(got < 0 ? 0 : got) == length) {
            c->out_length += length;
            answer_send(c);
            return;
        }
    }
    c->file = run->output;
    run->output = -1;
    c->file_end = (off_t)length;
    answer_send(c);
}

void answer_outcome(struct connection *c, struct worker *worker)
{
    const struct report *report = worker->run.report;
    struct outcome outcome = report_outcome(report);
    _Static_assert(SHORT_RESULT_MAX + ANSWER_HEAD_MAX + 1024 < sizeof c->out, "a short result has room behind its head");
    if (outcome.state == REPORT_OUTPUT &&
        (outcome.is_short || function_process_result(worker->run.output, outcome.output_length))) {
        answer_result(c, worker, outcome.is_short, outcome.output_length);
    } else if (outcome.state == REPORT_ERROR) {
        answer_error(c, report->error, outcome.length, report->brief, outcome.brief_length);
    } else {
        struct exit_reason reason = run_exit_reason(&worker->run);
        answer_error(c, reason.json, reason.length, reason.json, reason.length);
    }
}
