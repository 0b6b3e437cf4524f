/* What happens, in numbers: the text format of Prometheus, on a port of its own. The values of labels are bounded: codes that
 * are odd, or too many, count as `other`. */
#include "hosts/serve/metrics.h"

#include "hosts/http/answer.h"
#include "hosts/http/clients.h"
#include "hosts/http/connection.h"
#include "hosts/serve/queue.h"
#include "hosts/worker.h"
#include "shared/nameless_file.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CODES_MOST = 64, CODE_MAX = 64, STATUSES = 600, TEXT_MOST = 16 * 1024 };
static const double BOUNDS[] = {.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300};
enum { BUCKETS = sizeof BOUNDS / sizeof *BOUNDS };

/* Codes may be of handlers' making: functions do not get them. */
static struct {
    uint64_t results, abandoned, other;
    uint64_t took[BUCKETS + 1];
    double seconds;
    struct {
        char text[CODE_MAX];
        uint64_t count;
    } codes[CODES_MOST];
    uint64_t statuses[STATUSES];
    size_t used; /* of `text` */
    char text[TEXT_MOST];
} *metrics;

bool metrics_open(void)
{
    metrics = mmap(NULL, sizeof *metrics, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return metrics != MAP_FAILED && madvise(metrics, sizeof *metrics, MADV_DONTFORK) == 0;
}

/* ---- noting ---- */

void metrics_note_status(int status)
{
    if (metrics && status > 0 && status < STATUSES)
        metrics->statuses[status]++;
}

static uint64_t *count_of(const char *code)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strspn(code, allowed);
    if (!*code)
        code = "none";
    else if (code[length] || length >= CODE_MAX)
        return &metrics->other;
    for (int i = 0; i < CODES_MOST; i++) {
        if (!*metrics->codes[i].text)
            strcpy(metrics->codes[i].text, code);
        if (!strcmp(metrics->codes[i].text, code))
            return &metrics->codes[i].count;
    }
    return &metrics->other;
}

static void note_time(double took)
{
    int bucket = 0;
    while (bucket < BUCKETS && took > BOUNDS[bucket])
        bucket++;
    metrics->took[bucket]++;
    metrics->seconds += took;
}

void metrics_note_outcome(const char *code, double took)
{
    if (!metrics)
        return;
    if (code)
        ++*count_of(code);
    else
        metrics->results++;
    note_time(took);
}

void metrics_note_abandoned(void)
{
    if (metrics)
        metrics->abandoned++;
}

/* ---- telling ---- */

__attribute__((format(printf, 1, 2))) static void add(const char *format, ...)
{
    va_list arguments;
    size_t room = TEXT_MOST - metrics->used;
    va_start(arguments, format);
    int length = vsnprintf(metrics->text + metrics->used, room, format, arguments);
    va_end(arguments);
    metrics->used += (size_t)length < room ? (size_t)length : room - 1;
}

static void begin(const char *name, const char *kind, const char *help)
{
    add("# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void tell_number(const char *name, const char *kind, const char *help, uint64_t value)
{
    begin(name, kind, help);
    add("%s %llu\n", name, (unsigned long long)value);
}

static uint64_t tell_errors(void)
{
    uint64_t sum = metrics->other;
    begin("fn_errors_total", "counter", "Runs that ended in an error, by its code.");
    for (int i = 0; i < CODES_MOST && *metrics->codes[i].text; i++) {
        add("fn_errors_total{code=\"%s\"} %llu\n", metrics->codes[i].text, (unsigned long long)metrics->codes[i].count);
        sum += metrics->codes[i].count;
    }
    add("fn_errors_total{code=\"other\"} %llu\n", (unsigned long long)metrics->other);
    return sum;
}

static void tell_refusals(void)
{
    begin("fn_answers_without_run_total", "counter", "Answers without a run, by status: health, refusals.");
    for (int status = 0; status < STATUSES; status++)
        if (metrics->statuses[status])
            add("fn_answers_without_run_total{status=\"%d\"} %llu\n", status, (unsigned long long)metrics->statuses[status]);
}

static void tell_times(void)
{
    uint64_t sum = 0;
    begin("fn_request_duration_seconds", "histogram", "From the first byte of a request to its answer, with a run.");
    for (int i = 0; i <= BUCKETS; i++) {
        char bound[32] = "+Inf";
        if (i < BUCKETS)
            snprintf(bound, sizeof bound, "%g", BOUNDS[i]);
        sum += metrics->took[i];
        add("fn_request_duration_seconds_bucket{le=\"%s\"} %llu\n", bound, (unsigned long long)sum);
    }
    add("fn_request_duration_seconds_sum %.6f\nfn_request_duration_seconds_count %llu\n", metrics->seconds, (unsigned long long)sum);
}

static void write_all(void)
{
    metrics->used = 0;
    uint64_t errors = tell_errors();
    tell_number("fn_runs_total", "counter", "Runs that are over.", metrics->results + errors + metrics->abandoned);
    tell_number("fn_runs_abandoned_total", "counter", "Runs whose client had left before they were over.", metrics->abandoned);
    tell_refusals();
    tell_times();
    tell_number("fn_runs", "gauge", "Runs that are under way.", workers_count(WORKER_BUSY));
    tell_number("fn_spares", "gauge", "Processes that wait for a request.", workers_count(WORKER_SPARE));
    tell_number("fn_queue", "gauge", "Requests that wait for a process.", queue_length());
    tell_number("fn_requests", "gauge", "Requests that are not answered yet.", clients_busy());
}

void metrics_answer(struct connection *c)
{
    bool asks = c->parser.method == HTTP_GET || c->parser.method == HTTP_HEAD;
    size_t length = strcspn(c->head, "?");
    if (!asks || length != strlen("/metrics") || strncmp(c->head, "/metrics", length) != 0) {
        answer_plainly(c, asks ? 404 : 405, asks ? "" : "Allow: GET\r\n", "metrics are at GET /metrics");
        return;
    }
    int file = nameless_file(NULL);
    write_all();
    if (file >= 0 && !write_whole(file, metrics->text, metrics->used)) {
        close(file);
        file = -1;
    }
    if (file < 0)
        answer_plainly(c, 507, "", "there is no memory for the metrics");
    else
        answer_file(c, "text/plain; version=0.0.4; charset=utf-8", file, metrics->used);
}
