#pragma once

extern struct _object *resume_function; /* of entry/snapshot/prepare.py */
extern void *resume_thread;             /* PyThreadState */
extern char **resume_variables;         /* that imports have set, or NULL */
__attribute__((noreturn)) void resume(int argc, char **argv, char **environment); /* where a run goes on */

/* ---- zone.c ---- */
void zone_forget(void); /* the time zone of the capture; this process's is read when it is asked for */
