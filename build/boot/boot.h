/* The parts of the boot program at a glance, in an order to read them, by folder. A folder decides whose state its
 * files hold (build/link/linker_script.py): that of interpreter/ is part of a snapshot, that of the others a process's
 * own.
 *
 * supervisor/     what runs in the supervisor
 *   start.S        the first instructions of the process: hold signals back
 *   signals.c      signals are held back, and read when the supervisor looks
 *   supervise.c    one run: start the function, pump, watch, conclude
 *   child.c        the function's process: how it begins, what it is sent, how it ends
 *   exchange.c     the shared directory: log, outcome, announcement
 *   log_writer.c   bytes in, whole lines of clean UTF-8 out
 *   scratch_dir.c  the folder that a portable file may have to unpack into
 * shared/         what serves supervisor and function
 *   settings.c     the few settings that the supervisor needs
 *   report.c       what the function tells the supervisor, through shared memory
 *   exit_reason.c  how a function ended, in words
 * interpreter/    what only the function needs
 *   init.c         starts Python cold and calls entry.runtime.app.main
 *   fn_module.c    the module _fn: what Python knows of the boot program
 *   nonfinite.c    a check of results for entry/codec/json.py
 *   archive.c      the modules and data that PyInstaller packed
 *   no_frozen_modules.c  no modules but those of the archive; static link only
 * static/         the static link; portable/ is the other one
 *   main.c         a question (--help, --list ...), a run, or the snapshot
 *   launch.c       how Python comes to run
 *   compressed_modules.c    modules whose code is compressed, in blocks of several
 *   compressed_libraries.c  C libraries that are compressed
 *   old_formats.c     nothing in place of decoders that compressed_modules.c has no use for
 *   old_processors.c  what all processors do in place of what few do
 *
 * The snapshot (docs/warm-boot.md); a word for each direction: `take` at build time, `restore` at run time.
 *
 * snapshot/
 *   format.h       the form of an image, and where it lies
 *   boot_mode.c    before any constructor: take, warm or cold
 *   pristine.c     the data of the interpreter as they were before the image, for a cold boot
 *   libc_state.c   what lives in libc and must be made again after a restore
 *   sparse.c       words among zeros that are no part of the file
 *   restore.c      makes a restored interpreter this process's own
 * snapshot/capture/  build time only, but for the functions that the linker wraps
 *   allocator.c    memory: in the image while it is taken, libc's otherwise
 *   placement.c    what a rehearsal saw of each allocation
 *   heap.c         the heap of the image while it is taken: where each piece goes
 *   region.c       a part of it, and its freed pieces
 *   code_parts.c   parts of code objects that are the same, once
 *   determinism.c  numbers of processes and files, which are constants while it is taken
 *   profile.c      runs at build time, to see what runs touch
 *   capture.c      checks that nothing is left open, and writes the image
 */
#ifndef FN_BOOT_H
#define FN_BOOT_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- shared/settings.c ---- */
struct settings {
    const char *data_dir;
    double timeout; /* seconds; 0: none */
    double linger;
    double settle;
    bool tee;
};
struct settings settings_read(int argc, char **argv);
bool settings_ask_for_information(int argc, char **argv);

/* ---- shared/report.c ---- */
enum { REPORT_ERROR_MAX = 1 << 20, REPORT_BRIEF_MAX = 4096 };
enum report_state { REPORT_NOTHING, REPORT_OUTPUT, REPORT_ERROR };
enum folder_state { FOLDER_NONE, FOLDER_BEING_MADE, FOLDER_MADE, FOLDER_IMPOSSIBLE };
struct report {
    double started;  /* CLOCK_MONOTONIC, when the function's time began */
    uint32_t prepared; /* futex: the function may touch the exchange */
    int state;       /* enum report_state; set last */
    uint64_t output_length; /* of the staged output */
    uint32_t length;        /* of the error */
    uint32_t brief_length;
    uint32_t program_folder; /* enum folder_state: `unpacked` was made for programs, in the midst of the run */
    bool has_started;        /* all libraries of the interpreter are loaded */
    char loading[256];       /* the carried library that is being loaded, or could not be; or empty */
    char unpacked[PATH_MAX]; /* a folder that the function has made for itself, or empty; all that each run needs lies before */
    char brief[REPORT_BRIEF_MAX]; /* the same error, short enough for the reserved space */
    char error[REPORT_ERROR_MAX]; /* a whole error.json */
};
extern struct report *report; /* shared by supervisor and function */
bool report_open(void);
bool report_error(const char *json, size_t length, const char *brief, size_t brief_length);
void report_output(uint64_t length);
enum report_state report_state(void); /* the supervisor's: what there is to publish */
void report_prepared(void);       /* the supervisor's: lets the function go on */
void report_await_prepared(void); /* the function's */
extern void (*leave_instead)(void); /* build time: called where a run would leave the process */
/* Reports fn.boot with the reason and leaves the process. */
__attribute__((noreturn)) void cannot_start(const char *reason);

/* ---- supervisor/scratch_dir.c ---- */
void unpacked_remove(void);
void unpacked_tell(void); /* the log, if the function could not */

/* ---- supervisor/exchange.c ---- */
bool exchange_open(const char *path); /* false: errno says why */
bool exchange_finished(void);
int exchange_prepare(void); /* the descriptor of out.log, or -1 */
bool exchange_has(const char *name);
bool exchange_publish_output(uint64_t length); /* false: what is staged is no file of that length, or cannot be published */
bool exchange_publish_error(const char *json, size_t length, const char *brief, size_t brief_length);
void exchange_tidy(void);
bool exchange_announce(void);

/* ---- supervisor/log_writer.c ---- */
enum { LINE_MAX_BYTES = 32 * 1024 }; /* of a written line, its newline included */
void pump_open(int log_fd, int tee_fd);
void pump_feed(const unsigned char *bytes, size_t length);
void pump_flush(void);  /* writes the whole lines so far */
void pump_finish(void); /* completes a partial last line, then flushes */

/* ---- shared/exit_reason.c ---- */
struct verdict {
    char json[1024]; /* a whole error.json */
    size_t length;
};
struct circumstances {
    bool timed_out;
    double timeout;
    int termination; /* the signal that asked the run to end, or 0 */
    int status;      /* of waitpid */
    const char *loading; /* the library of the file that was being loaded before Python could start, or NULL */
};
struct verdict verdict_of(const struct circumstances *c);
struct verdict verdict_error(const char *code, const char *message);
const char *signal_name(int number);

/* ---- supervisor/signals.c ---- */
void signals_hold(void);
void signals_release(void);
int signals_open(void); /* a signalfd(2) of those that the run has to do with, or -1 */

/* ---- supervisor/child.c ---- */
extern struct function {
    pid_t process; /* 0: none was started */
    bool ended;
    int status; /* of waitpid */
} function;
bool function_start(int log_write, int argc, char **argv); /* false: errno says why */
void function_send(int number); /* nothing once it has been reaped: its number may be another process's by then */
void function_kill(void);       /* with its group */
void function_reap(void);       /* and whatever else has ended */
void function_await_end(void);

/* ---- supervisor/supervise.c ---- */
int supervise(const struct settings *settings, int argc, char **argv);

/* ---- interpreter/init.c ---- */
void interpreter_start(int argc, char **argv, const unsigned long *hash_seed); /* NULL: a random one */
int interpreter_run_cold(int argc, char **argv);

/* ---- static/launch.c, or portable/launcher/launch.c ---- */
/* Starts Python, warm or cold, calls entry.runtime.app.main(arguments) and leaves the process. */
__attribute__((noreturn)) void interpreter_run(int argc, char **argv);
/* Starts Python cold, has entry.snapshot.prepare make it ready, and writes the image. Build time only. */
__attribute__((noreturn)) void interpreter_take(int argc, char **argv);

/* ---- snapshot/boot_mode.c ---- */
enum boot { BOOT_COLD, BOOT_WARM, BOOT_TAKE };
extern enum boot boot;          /* decided before main */
extern const char *boot_reason; /* of a cold boot */
extern bool boot_fell_back;     /* there is an image, nobody asked for a cold boot, and yet it is one */

/* ---- interpreter/archive.c ---- */
extern struct archive {
    const char *start, *end;
} fn_archive; /* made by build/link/static.py */
struct _frozen;
struct _frozen *archive_modules(void); /* NULL: errno says why */
/* Calls `visit` for each module whose code is packed, until it returns false. */
bool archive_each_packed(bool (*visit)(const char *name, bool is_package, void *context), void *context);
bool archive_packed(const char *name, uint32_t *offset, uint32_t *length); /* where its code lies in the stream */
bool archive_block(size_t number, const char **start, size_t *length); /* of the stream; false: there are no more */
bool archive_data(const char *name, const char **start, size_t *length);
/* Calls `visit` with the path of each data file, and of each package, which is a folder, until it returns false. */
bool archive_each_path(bool (*visit)(const char *path, bool is_folder, void *context), void *context);

/* ---- static/compressed_modules.c ---- */
struct _object;
struct _object *packed_code(const char *name) __attribute__((weak)); /* a code object; not in the portable link */

/* ---- interpreter/nonfinite.c ---- */
bool may_hold_nonfinite(struct _object *value);

double monotonic_now(void);

#endif
