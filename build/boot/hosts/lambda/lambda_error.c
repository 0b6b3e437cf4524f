/* An error in the form of Lambda. Errors of handlers come in that form already (entry/runtime/invocation.py), with their
 * trace; those that the supervisor finds are brought into it here. */
#include "hosts/lambda/lambda_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BEFORE_CODE "{\"code\":\""
#define BEFORE_MESSAGE "\",\"message\":\""

struct parts {
    const char *code, *message;
    size_t code_length, message_length;
};

/* As they are in JSON, escapes and all: no quotation mark in them stands alone. */
static struct parts parts_of(const char *json, size_t length)
{
    static const char unknown[] = "an error in a form that is not known";
    size_t before = strlen(BEFORE_CODE), between = strlen(BEFORE_MESSAGE), after = strlen("\"}");
    const char *middle = length > before ? memmem(json + before, length - before, BEFORE_MESSAGE, between) : NULL;
    if (!middle || strncmp(json, BEFORE_CODE, before) != 0 || (size_t)(json + length - middle) < between + after)
        return (struct parts){"", unknown, 0, strlen(unknown)};
    const char *code = json + before, *message = middle + between;
    return (struct parts){code, message, (size_t)(middle - code), (size_t)(json + length - message) - after};
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool begins_with(const struct parts *parts, const char *beginning)
{
    return parts->code_length >= strlen(beginning) && !strncmp(parts->code, beginning, strlen(beginning));
}

/* The words of a code, each with a capital: fn.output.unwritable becomes Function.OutputUnwritable. What the handler has
 * no part in is the runtime's. */
void lambda_error_type(const char *json, size_t length, char type[LAMBDA_TYPE_MAX])
{
    struct parts parts = parts_of(json, length);
    bool of_runtime = begins_with(&parts, "fn.boot") || begins_with(&parts, "fn.usage") || begins_with(&parts, "fn.handler.");
    size_t next = begins_with(&parts, "fn.") ? strlen("fn.") : 0;
    size_t used = (size_t)sprintf(type, "%s.", of_runtime ? "Runtime" : "Function"), first = used;
    for (bool begins = true; next < parts.code_length && used < LAMBDA_TYPE_MAX - 1; next++) {
        char c = parts.code[next];
        bool is_letter = is_small(c) || (c >= 'A' && c <= 'Z');
        if (is_letter)
            type[used++] = begins && is_small(c) ? (char)(c - 32) : c;
        begins = !is_letter;
    }
    if (used < first + 2)
        used = first + (size_t)sprintf(type + first, "Error");
    type[used] = 0;
}

void lambda_error_text(const char *json, size_t length, char text[LAMBDA_TEXT_MAX])
{
    struct parts parts = parts_of(json, length);
    snprintf(text, LAMBDA_TEXT_MAX, "%.*s: %.*s", (int)parts.code_length, parts.code, (int)parts.message_length, parts.message);
}

size_t lambda_error_document(const char *json, size_t length, char document[LAMBDA_DOCUMENT_MAX])
{
    struct parts parts = parts_of(json, length);
    int made = snprintf(document, LAMBDA_DOCUMENT_MAX, "{\"errorMessage\":\"%.*s\",\"errorType\":\"%.*s\",\"stackTrace\":[]}",
                        (int)parts.message_length, parts.message, (int)parts.code_length, parts.code);
    return made < LAMBDA_DOCUMENT_MAX ? (size_t)made : lambda_error_document("", 0, document);
}
