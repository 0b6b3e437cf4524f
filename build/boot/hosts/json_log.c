/* Log lines of all runs on stdout: one JSON object a line, or text for people. The server never waits for whoever reads
 * them (log_output.c): what he does not take in time is lost, and counted. */
#include "hosts/json_log.h"

#include "hosts/http/connection.h"
#include "hosts/log_output.h"
#include "hosts/serve/serve_options.h"
#include "hosts/worker.h"
#include "shared/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE_MOST = 6 * (LINE_MAX_BYTES + HANDLER_MAX + LABELS_MAX) + 1024 };

static unsigned lost;

static void put_text(const char *text)
{
    log_output_put(text, strlen(text));
}

/* What is between quotation marks in JSON. */
static void put_escaped(const char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '"' || byte == '\\')
            log_output_put((char[]){'\\', (char)byte}, 2);
        else if (byte < 0x20)
            log_output_put((char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]}, 6);
        else
            log_output_put((char *)&byte, 1);
    }
}

/* A value that a client may have sent, of any bytes. */
static void put_field(const char *name, const char *value)
{
    char escape[8];
    if (!*value)
        return;
    put_text(",\"");
    put_text(name);
    put_text("\":\"");
    for (; *value; value++) {
        snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)*value);
        if ((unsigned char)*value < 0x7f)
            put_escaped(value, 1);
        else
            put_text(escape);
    }
    put_text("\"");
}

static void put_time(void)
{
    struct timespec now;
    struct tm parts;
    char text[64];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, sizeof text - length, ".%06ldZ", now.tv_nsec / 1000);
    put_text(text);
}

static void put_nanoseconds(void)
{
    struct timespec now;
    char text[48];
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(text, sizeof text, ",\"nanos\":%lld", now.tv_sec * 1000000000LL + now.tv_nsec);
    put_text(text);
}

/* False: there is no room, and the line is lost. */
static bool begin(void)
{
    if (!log_output_has_room(LINE_MOST + 256)) {
        lost++;
        return false;
    }
    if (lost) {
        char note[128];
        int length = snprintf(note, sizeof note, "fn: %u log lines were lost, nobody took them\n", lost);
        lost = 0;
        if (serve.text_log)
            log_output_put(note, (size_t)length);
        else
            json_log_say("WARNING", "%.*s", length - 1, note);
    }
    return true;
}

/* Levels as Python's names, before a colon; what has none is info. */
static const char *level_of(const char **line, size_t *length)
{
    static const char *const levels[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        size_t name = strlen(levels[i]);
        if (*length > name + 1 && !strncmp(*line, levels[i], name) && !strncmp(*line + name, ": ", 2)) {
            *line += name + 2;
            *length -= name + 2;
            return levels[i];
        }
    }
    return "INFO";
}

static void put_line(const struct worker *worker, const char *line, size_t length)
{
    if (!begin())
        return;
    if (serve.text_log) {
        put_time();
        put_text(" ");
        put_text(worker->id);
        put_text(" ");
        log_output_put(line, length);
        put_text("\n");
        return;
    }
    const char *level = level_of(&line, &length);
    put_text("{\"time\":\"");
    put_time();
    put_text("\"");
    put_field("level", level);
    put_text(",\"msg\":\"");
    put_escaped(line, length);
    put_text("\"");
    put_field("request", worker->id);
    put_field("handler", worker->handler);
    put_field("traceparent", worker->trace);
    if (*worker->labels)
        put_nanoseconds();
    for (const char *label = worker->labels, *value; *label; label = value + strlen(value) + 1) {
        value = label + strlen(label) + 1;
        put_field(label, value);
    }
    put_text("}\n");
}

size_t json_log_write(const struct worker *worker, const char *lines, size_t length)
{
    for (const char *line = lines, *end; line < lines + length; line = end + 1) {
        end = memchr(line, '\n', (size_t)(lines + length - line));
        put_line(worker, line, (size_t)(end - line));
    }
    log_output_flush();
    return length;
}

void json_log_say(const char *level, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!begin())
        return;
    put_text(serve.text_log ? "" : "{\"time\":\"");
    put_time();
    put_text(serve.text_log ? " fn: " : "\"");
    if (serve.text_log) {
        put_text(text);
    } else {
        put_field("level", level);
        put_field("msg", text);
    }
    put_text(serve.text_log ? "\n" : "}\n");
    log_output_flush();
}

void json_log_access(const struct connection *connection, int status, uint64_t length)
{
    const char *method = llhttp_method_name((llhttp_method_t)connection->parser.method);
    double milliseconds = (monotonic_now() - connection->began) * 1e3;
    char text[128];
    if (!serve.access_log || !begin())
        return;
    if (serve.text_log) {
        put_time();
        snprintf(text, sizeof text, " fn: %s %d, %llu bytes, %.3f ms: ", method, status, (unsigned long long)length, milliseconds);
        put_text(text);
        put_escaped(connection->head, strlen(connection->head));
        put_text("\n");
    } else {
        put_text("{\"time\":\"");
        put_time();
        snprintf(text, sizeof text, "\",\"level\":\"INFO\",\"msg\":\"%s %d\",\"status\":%d,\"bytes\":%llu,\"ms\":%.3f", method,
                 status, status, (unsigned long long)length, milliseconds);
        put_text(text);
        put_field("path", connection->head);
        put_field("request", connection->id);
        put_text("}\n");
    }
    log_output_flush();
}
