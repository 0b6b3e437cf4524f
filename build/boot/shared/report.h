#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPORT_ERROR_MAX = 1 << 20, REPORT_BRIEF_MAX = 4096 };
enum report_state { REPORT_NOTHING, REPORT_OUTPUT, REPORT_ERROR };
enum host { HOST_ISOLATED, HOST_CALL, HOST_HTTP, HOST_LAMBDA };
enum { HANDLER_MAX = 256, REQUEST_MAX = 16 * 1024, ANSWER_HEAD_MAX = 8 * 1024, SHORT_RESULT_MAX = 4096 };
enum folder_state { FOLDER_NONE, FOLDER_BEING_MADE, FOLDER_MADE, FOLDER_TOLD, FOLDER_IMPOSSIBLE };
/* entry/runtime/source.py maps the same. */
struct report {
    double started;  /* CLOCK_MONOTONIC, when the function's time began */
    double timeout;  /* seconds; 0: none. This and what follows up to `prepared` is not for the isolated host */
    uint32_t host;   /* enum host */
    int32_t input, output; /* descriptors of the function's; for HTTP the input is where the request comes from at first */
    int32_t file;    /* that of this memory, where the interpreter is another program (source/); -1: it is none */
    char handler[HANDLER_MAX]; /* empty: none was named */
    uint32_t prepared; /* futex: the function may begin */
    int state;       /* enum report_state; set last */
    uint64_t output_length; /* of the staged output */
    uint32_t length;        /* of the error */
    uint32_t brief_length;
    uint32_t request_length;
    uint32_t head_length;
    uint32_t body_length;   /* of the request's body, when it is short enough to lie behind the request's head */
    bool is_json;           /* the result, for HTTP; otherwise just bytes */
    bool has_started;       /* all libraries of the interpreter are loaded */
    bool is_short;          /* the output is none in a file: it lies in the place of the request */
    uint32_t program_folder; /* enum folder_state: `scratch_dir` was made for programs, in the midst of the run */
    char loading[256];       /* the bundled library that is being loaded, or could not be; or empty */
    int loading_errno;       /* why the machine has no room for it; 0: it has */
    char scratch_dir[PATH_MAX]; /* a folder that the function has made for itself, or empty; all that each run needs lies before */
    char brief[REPORT_BRIEF_MAX]; /* the same error, short enough for the reserved space */
    char head[ANSWER_HEAD_MAX]; /* headers that belong to the result, each with its end of line */
    char request[REQUEST_MAX]; /* of HTTP: its target, then names and values, each with a zero behind it */
    char error[REPORT_ERROR_MAX]; /* a whole error.json; of a file as much as the limit of files allows */
};
extern struct report *report; /* the function's: of the run that this process is; NULL in the supervisor */
extern bool report_in_file; /* set before the first is made: the interpreter is another program, and maps it */
struct report *report_make(enum host host); /* NULL: errno says why */
bool report_error(const char *json, size_t length, const char *brief, size_t brief_length);
void report_output(uint64_t length);
void report_short_output(const char *bytes, size_t length); /* at most SHORT_RESULT_MAX, for a host that has requests */
/* What there is to publish, read once: what a handler has left behind may write other lengths at any time. */
struct outcome {
    enum report_state state;
    uint64_t output_length;
    uint32_t length, brief_length; /* of the error */
    bool is_short;
};
struct outcome report_outcome(const struct report *of);  /* the supervisor's */
enum report_state report_state(const struct report *of); /* the same, without the lengths */
void report_prepared(struct report *of); /* the supervisor's: lets the function go on */
bool report_has_requests(void);          /* the function's: its host gives it one, later than it starts */
void report_await_prepared(void);        /* the function's */
void report_await_request(void); /* the same where there are requests; leaves the process when none comes any more */
/* Build time: a report of HTTP's with its request, for the next run in this process; false: errno says why there is none. */
bool report_pretend_request(const char *handler, const char *head, size_t length, const char *body, size_t body_length);
void report_forget_request(void);
extern void (*part_instead)(void); /* build time: called where a function parts from its template */
extern void (*exit_instead)(void); /* build time: called where a run would leave the process */
/* Reports fn.boot with the reason and leaves the process. */
__attribute__((noreturn)) void cannot_start(const char *reason);
