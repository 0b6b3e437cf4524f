/* Sends a request's log lines to Direktiv's sidecar before the request is answered: from then on, the sidecar knows its id no
 * more. All lines go in one POST. Whether they arrive changes nothing: a sidecar that refuses, drops the connection or is
 * silent costs an answer PATIENCE at the most, and no other request anything. */
#include "hosts/serve/sidecar_log.h"

#include "shared/nameless_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 4 << 20, NOTE_MOST = 64 }; /* bytes that the sidecar takes; of these, for the note that lines were too many */
static const double PATIENCE = 2;        /* seconds */
static const char *address;

bool sidecar_log_open(void)
{
    static struct http_client trial;
    address = getenv("FN_SIDECAR");
    address = address && *address ? address : "localhost:8889";
    return http_client_open(&trial, address);
}

/* ---- lines ---- */

void sidecar_log_reset(struct sidecar_log *log)
{
    log->action[0] = 0;
    log->file = -1;
    log->length = log->lost = 0;
}

void sidecar_log_drop(struct sidecar_log *log)
{
    if (log->file >= 0)
        close(log->file);
    sidecar_log_reset(log);
}

void sidecar_log_begin(struct sidecar_log *log, const char *action)
{
    if (action && strlen(action) < ACTION_MAX)
        strcpy(log->action, action);
}

static bool keep(struct sidecar_log *log, const char *lines, size_t length, size_t most)
{
    if (log->lost || log->file < 0 || log->length + length > most)
        return false;
    lseek(log->file, (off_t)log->length, SEEK_SET); /* over the part of a line for which there was no room */
    if (!write_whole(log->file, lines, length))
        return false;
    log->length += length;
    return true;
}

void sidecar_log_add(struct sidecar_log *log, const char *lines, size_t length)
{
    if (!*log->action)
        return;
    if (log->file < 0)
        log->file = nameless_file(NULL);
    if (keep(log, lines, length, MOST - NOTE_MOST))
        return;
    for (const char *end; length; length -= (size_t)(end - lines), lines = end) {
        end = (const char *)memchr(lines, '\n', length) + 1;
        if (!keep(log, lines, (size_t)(end - lines), MOST - NOTE_MOST))
            log->lost++;
    }
}

/* ---- sending ---- */

static void on_answer(struct http_client *client, enum http_outcome outcome)
{
    struct sidecar_log *log = CONTAINER_OF(client, struct sidecar_log, client);
    (void)outcome;
    http_client_close(client);
    sidecar_log_drop(log);
    worker_is_told(log);
}

static void write_path(char *path, size_t room, const char *action)
{
    size_t used = (size_t)snprintf(path, room, "/log?aid=");
    for (const char *next = action; *next; next++) {
        bool plain = strchr("-._~", *next) || (*next >= '0' && *next <= '9') || ((*next | 32) >= 'a' && (*next | 32) <= 'z');
        used += (size_t)snprintf(path + used, room - used, plain ? "%c" : "%%%02X", (unsigned char)*next);
    }
}

bool sidecar_log_send(struct sidecar_log *log)
{
    char note[NOTE_MOST], path[16 + 3 * ACTION_MAX];
    if (log->lost) {
        int length = snprintf(note, sizeof note, "fn: %u more lines are on stdout alone\n", log->lost);
        log->lost = 0;
        keep(log, note, (size_t)length, MOST);
    }
    if (!log->length)
        return false;
    write_path(path, sizeof path, log->action);
    http_client_open(&log->client, address);
    log->client.answered = on_answer;
    const struct http_request request = {.method = "POST", .path = path, .file = log->file, .length = log->length,
                                         .headers = "Content-Type: text/plain\r\nConnection: close\r\n"};
    http_client_ask(&log->client, &request, -1, MOST, PATIENCE);
    return true;
}
