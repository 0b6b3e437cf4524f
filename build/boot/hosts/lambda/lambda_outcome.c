/* What the host of Lambda tells of an invocation, and of a start that fails. */
#include "hosts/lambda/lambda_state.h"

#include "hosts/function_process.h"
#include "hosts/json_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors before there is an event ---- */

/* No process can be made ready. The API is told, if it still expects that; or whoever waits for an invocation. */
static void fail_to_begin_with(const char *json, size_t length, const char *document, size_t document_length)
{
    char type[LAMBDA_TYPE_MAX], text[LAMBDA_TEXT_MAX];
    lambda_error_text(json, length, text);
    json_log_say("ERROR", "no process can be made ready: %s", text);
    lambda.status = EXIT_FAILURE;
    lambda.is_to_end = true;
    lambda_error_type(json, length, type);
    if (lambda.invocation == GIVEN) {
        lambda.invocation = TELLING;
        lambda_api_fail(&lambda_kept->api, http_client_header(&lambda_kept->api.client, LAMBDA_ID_HEADER), type, document, document_length);
    } else if (lambda.has_asked) {
        lambda_leave(EXIT_FAILURE);
    } else {
        lambda.invocation = TELLING;
        lambda_api_fail_to_begin(&lambda_kept->api, type, document, document_length);
    }
}

void lambda_fail_to_begin(const struct exit_reason *reason)
{
    size_t length = lambda_error_document(reason->json, reason->length, lambda_kept->document);
    fail_to_begin_with(reason->json, reason->length, lambda_kept->document, length);
}

/* The document of an error that was reported: of Python's making, in the form of Lambda; or the form of the other hosts,
 * from where Python has not begun yet. */
static const char *reported_document(const struct report *report, const struct outcome *outcome, size_t *length)
{
    static const char other[] = "{\"code\"";
    *length = outcome->length;
    if (outcome->length > strlen(other) && strncmp(report->error, other, strlen(other)) != 0)
        return report->error;
    *length = lambda_error_document(report->brief, outcome->brief_length, lambda_kept->document);
    return lambda_kept->document;
}

/* As the process has said that is no more, or as it ended. */
void lambda_fail_to_begin_as_reported(void)
{
    const struct run *run = &lambda_kept->worker.run;
    struct outcome outcome = report_outcome(run->report);
    if (outcome.state == REPORT_ERROR) {
        size_t length;
        const char *document = reported_document(run->report, &outcome, &length);
        fail_to_begin_with(run->report->brief, outcome.brief_length, document, length);
    } else {
        struct exit_reason reason = run_exit_reason(run);
        lambda_fail_to_begin(&reason);
    }
}

/* ---- outcomes ---- */

static void tell_error(const char *json, size_t length, const char *document, size_t document_length)
{
    char type[LAMBDA_TYPE_MAX];
    lambda_error_type(json, length, type);
    lambda_api_fail(&lambda_kept->api, lambda_kept->worker.id, type, document, document_length);
}

static void tell_reason(const struct exit_reason *reason)
{
    size_t length = lambda_error_document(reason->json, reason->length, lambda_kept->document);
    tell_error(reason->json, reason->length, lambda_kept->document, length);
}

void lambda_tell_outcome(void)
{
    struct run *run = &lambda_kept->worker.run;
    const struct report *report = run->report;
    struct outcome outcome = report_outcome(report);
    lambda.invocation = TELLING;
    run_drain(run);
    if (outcome.state == REPORT_OUTPUT && function_process_result(run->output, outcome.output_length)) {
        lambda_api_respond(&lambda_kept->api, lambda_kept->worker.id, report->is_json, run->output, outcome.output_length);
    } else if (outcome.state == REPORT_ERROR) {
        size_t length;
        const char *document = reported_document(report, &outcome, &length);
        tell_error(report->brief, outcome.brief_length, document, length);
    } else {
        struct exit_reason reason = run_exit_reason(run);
        tell_reason(&reason);
    }
}

void lambda_tell_too_large(void)
{
    char text[160];
    snprintf(text, sizeof text, "the result has %llu bytes, more than Lambda takes: put it where others can fetch it, and return the place",
             (unsigned long long)lambda_kept->worker.run.report->output_length);
    struct exit_reason reason = exit_reason_error("fn.output.unwritable", text);
    tell_reason(&reason);
}
