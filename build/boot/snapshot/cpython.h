/* The interpreter's internals that a snapshot touches, of CPython 3.11 to 3.13. For a new version, read each
 * function against its Include/internal/; the compiler finds what has another name or type, and the comparison of two
 * captures (tests/snapshot) what has another meaning. What else depends on it: CONTRIBUTING.md, "Upgrades". */
#pragma once

#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE 1
#include <Python.h>
#include <internal/pycore_ceval.h>
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_import.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_long.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_runtime.h>
#include <stdlib.h>
#include <string.h>

/* Whether modules that are frozen into the interpreter are ready-made objects, which it sets up as it starts. */
#define CPYTHON_HAS_DEEP_FREEZE (PY_VERSION_HEX < 0x030d0000)

/* ---- threads ---- */

/* Make a thread state that of this thread, whose identity it has not had so far. */
static inline void cpython_adopt_thread(PyThreadState *thread)
{
#if PY_VERSION_HEX < 0x030c0000
    PyThread_tss_set(&_PyRuntime.gilstate.autoTSSkey, thread);
#else
    PyThread_tss_set(&_PyRuntime.autoTSSkey, thread);
#endif
    thread->thread_id = PyThread_get_thread_ident();
}

/* Clear a thread state of this process's own numbers. */
static inline void cpython_disown_thread(PyThreadState *thread)
{
    thread->thread_id = thread->native_thread_id = 0;
    _PyRuntime.main_thread = 0;
}

/* Clear what calls that have returned left on the stack of Python's frames. */
static inline void cpython_clear_frames(PyThreadState *thread)
{
    memset(thread->datastack_top, 0, (size_t)((char *)thread->datastack_limit - (char *)thread->datastack_top));
}

/* The interpreter's lock as it is in the child of a fork: how often threads have waited for it depends on the machine. */
static inline void cpython_renew_lock(PyThreadState *thread)
{
    if (PyStatus_Exception(_PyEval_ReInitThreads(thread)))
        abort();
}

/* ---- numbers ---- */

/* Return the digits of a number, the lowest first, if it is positive and has so many; NULL otherwise. */
static inline digit *cpython_digits(PyLongObject *number, size_t count)
{
#if PY_VERSION_HEX < 0x030c0000
    return Py_SIZE(number) == (Py_ssize_t)count ? number->ob_digit : NULL;
#else
    return number->long_value.lv_tag == count << _PyLong_NON_SIZE_BITS ? number->long_value.ob_digit : NULL;
#endif
}

/* ---- hooks of os.register_at_fork ---- */

struct cpython_fork_hooks {
    PyObject *before, *in_child;
};

static inline struct cpython_fork_hooks cpython_remove_fork_hooks(PyThreadState *thread)
{
    PyInterpreterState *interpreter = thread->interp;
    struct cpython_fork_hooks hooks = {interpreter->before_forkers, interpreter->after_forkers_child};
    interpreter->before_forkers = interpreter->after_forkers_child = NULL;
    return hooks;
}

static inline void cpython_put_fork_hooks_back(PyThreadState *thread, struct cpython_fork_hooks hooks)
{
    thread->interp->before_forkers = hooks.before;
    thread->interp->after_forkers_child = hooks.in_child;
}

/* ---- frames ---- */

/* The innermost frame; of the main thread where none holds Python's lock, as in a call of libc. */
static inline struct _PyInterpreterFrame *cpython_innermost_frame(void)
{
    PyThreadState *thread = _PyThreadState_UncheckedGet();
    if (!thread && _PyRuntime.interpreters.main)
        thread = PyInterpreterState_ThreadHead(_PyRuntime.interpreters.main);
#if PY_VERSION_HEX < 0x030d0000
    return thread && thread->cframe ? thread->cframe->current_frame : NULL;
#else
    return thread ? thread->current_frame : NULL;
#endif
}

static inline struct _PyInterpreterFrame *cpython_outer_frame(struct _PyInterpreterFrame *frame)
{
    return frame->previous;
}

static inline PyCodeObject *cpython_code_of_frame(struct _PyInterpreterFrame *frame)
{
#if PY_VERSION_HEX < 0x030d0000
    return frame->f_code;
#else
    return frame->f_executable && PyCode_Check(frame->f_executable) ? (PyCodeObject *)frame->f_executable : NULL;
#endif
}

static inline int cpython_line_of_frame(struct _PyInterpreterFrame *frame, PyCodeObject *code)
{
    return PyCode_Addr2Line(code, _PyInterpreterFrame_LASTI(frame) * (int)sizeof(_Py_CODEUNIT));
}
