#pragma once

#include <stdbool.h>

/* What a link provides: static/launch.c or portable/launcher/launch.c. */

/* Starts Python, warm or cold, calls entry.runtime.app.main and leaves the process. */
__attribute__((noreturn)) void interpreter_run(int argc, char **argv);
/* Whether runs start alike up to where they need their own (supervisor/template.c): in a warm boot. */
bool interpreter_can_be_template(void);
/* The same as interpreter_run, up to there, which does not return in this process; returns if it could not begin. */
void interpreter_run_as_template(int argc, char **argv);
void interpreter_populate(void); /* in a function that was forked from a template: makes the pages writable that it will write */
/* Starts Python cold, does what `python` does with the arguments, and leaves the process. */
__attribute__((noreturn)) void interpreter_main(int argc, char **argv);
/* Starts Python cold, has entry.snapshot.prepare make it ready, and writes the snapshot. Build time only. */
__attribute__((noreturn)) void interpreter_capture(int argc, char **argv);
