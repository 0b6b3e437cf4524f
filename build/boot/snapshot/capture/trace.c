/* Which import made what differs between two snapshots. The snapshot builder is started three times more, tracing all calls,
 * which changes where memory lies: twice for two snapshots to compare, then with the addresses of what differs in them. It
 * notes the stack of Python's frames when memory around one is allocated, and when its value has changed, since CPython
 * keeps memory of freed objects for new ones. Build time only; build/snapshot/heap/difference.py chooses the place to show. */
#include "snapshot/capture/trace.h"

#include "snapshot/cpython.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCHED_MOST = 64, STACK_MOST = 4096 };

static struct {
    uint64_t *word, value;
    char stack[STACK_MOST]; /* innermost first: a tab and "file:line" for each frame */
} watched[WATCHED_MOST];
static unsigned count;

/* The argument: `trace`, then addresses, if there are any, with a blank before each. */
void trace_begin(const char *argument)
{
    char *next = (char *)argument + strlen("trace");
    while (*next && count < WATCHED_MOST)
        watched[count++].word = (uint64_t *)strtoul(next, &next, 16);
}

static void note(char *stack)
{
    size_t length = 0;
    *stack = 0;
    for (struct _PyInterpreterFrame *frame = cpython_innermost_frame(); frame; frame = cpython_outer_frame(frame)) {
        PyCodeObject *code = cpython_code_of_frame(frame);
        if (!code || !PyUnicode_IS_COMPACT_ASCII(code->co_filename))
            continue;
        int added = snprintf(stack + length, STACK_MOST - length, "\t%s:%d",
                             (const char *)PyUnicode_1BYTE_DATA(code->co_filename), cpython_line_of_frame(frame, code));
        if (added < 0 || (length += (size_t)added) >= STACK_MOST)
            return;
    }
}

void trace_block(const void *block, size_t length)
{
    for (unsigned i = 0; i < count; i++) {
        const char *address = (const char *)watched[i].word;
        if (address >= (const char *)block && address < (const char *)block + length) {
            note(watched[i].stack);
            watched[i].value = *watched[i].word;
        }
    }
}

static int on_event(PyObject *object, PyFrameObject *frame, int what, PyObject *argument)
{
    (void)object, (void)frame, (void)what, (void)argument;
    for (unsigned i = 0; i < count; i++)
        if (*watched[i].word != watched[i].value) {
            watched[i].value = *watched[i].word;
            note(watched[i].stack);
        }
    return 0;
}

void trace_calls(bool traced)
{
    for (unsigned i = 0; i < count; i++)
        watched[i].value = *watched[i].word;
    PyEval_SetProfile(traced ? on_event : NULL, NULL);
}

bool trace_has_addresses(void)
{
    return count > 0;
}

void trace_report(void)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(stderr, "trace %p%s\n", (void *)watched[i].word, watched[i].stack);
    _exit(EXIT_SUCCESS);
}
