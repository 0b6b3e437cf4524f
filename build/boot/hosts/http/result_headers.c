/* Headers that a function may give its result: the type of an event's data, and its attributes. C code of a handler may have
 * written anything into the report, and may write on: what is judged, and sent, is a copy. */
#include "hosts/http/result_headers.h"

#include <string.h>
#include <strings.h>

static bool is_allowed(const char *line)
{
    return !strncasecmp(line, "ce-", 3) || !strncasecmp(line, "content-type: ", strlen("content-type: "));
}

/* The end of a line that is whole, of printable characters, with a name and a value; NULL: it is none. */
static const char *end_of(const char *line)
{
    const char *colon = strchr(line, ':'), *end = line;
    while (*end >= 0x20 && *end < 0x7f)
        end++;
    return colon && colon > line && colon < end && !memchr(line, ' ', (size_t)(colon - line)) && end[0] == '\r' && end[1] == '\n'
        ? end + 2
        : NULL;
}

bool result_headers(const struct report *report, char head[ANSWER_HEAD_MAX + 1])
{
    uint32_t length = report->head_length;
    if (!length || length > ANSWER_HEAD_MAX)
        return false;
    memcpy(head, report->head, length);
    head[length] = 0;
    const char *line = head;
    while (line && *line && is_allowed(line))
        line = end_of(line);
    return line == head + length;
}
