/* What the function tells the supervisor, through memory that both share.
 * The function never publishes: it stages its output or writes its error here, and sets the state last. So a
 * function that dies halfway has reported nothing, and one that dies later has reported everything. */
#include "shared/report.h"

#include "shared/exit_reason.h"

#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct report *report;
void (*leave_instead)(void);

struct report *report_make(enum host host)
{
    void *memory = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    ((struct report *)memory)->host = host;
    return memory;
}

bool report_error(const char *json, size_t length, const char *brief, size_t brief_length)
{
    if (length > REPORT_ERROR_MAX || brief_length > REPORT_BRIEF_MAX)
        return false;
    memcpy(report->error, json, length);
    memcpy(report->brief, brief, brief_length);
    report->length = (uint32_t)length;
    report->brief_length = (uint32_t)brief_length;
    __atomic_store_n(&report->state, REPORT_ERROR, __ATOMIC_RELEASE);
    return true;
}

void report_output(uint64_t length)
{
    report->output_length = length;
    __atomic_store_n(&report->state, REPORT_OUTPUT, __ATOMIC_RELEASE);
}

/* Nothing when the head is no longer sound: C code of a handler may have written anywhere. */
enum report_state report_state(const struct report *of)
{
    enum report_state state = __atomic_load_n(&of->state, __ATOMIC_ACQUIRE);
    bool sound = state == REPORT_OUTPUT ||
                 (state == REPORT_ERROR && of->length <= REPORT_ERROR_MAX && of->brief_length <= REPORT_BRIEF_MAX);
    return sound ? state : REPORT_NOTHING;
}

void report_prepared(struct report *of)
{
    __atomic_store_n(&of->prepared, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &of->prepared, FUTEX_WAKE, 1);
}

void report_await_prepared(void)
{
    while (!__atomic_load_n(&report->prepared, __ATOMIC_ACQUIRE))
        syscall(SYS_futex, &report->prepared, FUTEX_WAIT, 0, NULL);
}

void cannot_start(const char *reason)
{
    struct verdict verdict = verdict_error("fn.boot", reason);
    fprintf(stderr, "fn: %s\n", reason);
    if (report)
        report_error(verdict.json, verdict.length, verdict.json, verdict.length);
    _exit(EXIT_FAILURE);
}
