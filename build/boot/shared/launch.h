#ifndef FN_LAUNCH_H
#define FN_LAUNCH_H

/* What a link provides: static/launch.c or portable/launcher/launch.c. */

/* Starts Python, warm or cold, calls entry.runtime.app.main and leaves the process. */
__attribute__((noreturn)) void interpreter_run(int argc, char **argv);
/* Starts Python cold, does what `python` does with the arguments, and leaves the process. */
__attribute__((noreturn)) void interpreter_main(int argc, char **argv);
/* Starts Python cold, has entry.snapshot.prepare make it ready, and writes the snapshot. Build time only. */
__attribute__((noreturn)) void interpreter_capture(int argc, char **argv);

#endif
