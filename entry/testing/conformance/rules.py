"""The rules of docs/contract.md, applied to one observed run of any function: what it broke, how to mend it. Pure.

A defect breaks a rule. A risk breaks none, but loses something sooner or later.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from ..emulators import go_json
from ..emulators.decision import Decision
from .observation import Observation

OUTPUT, ERROR = "output.json", "error.json"
_OWN = {"out.log", "done", OUTPUT, ERROR}
_OLD_CAP = 4 << 20  # bytes of a report in the oldest versions
_LONG_LINE = 32 << 10  # bytes of a line from which readers may stop
_WHOLE = "write it under another name, rename it when it is whole, and create `done` last of all"
_FORM = 'write an object with the texts "code" and "message", and nothing else'


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run showed; `severity` is "defect" or "risk", `rule` names the rule, or the section, of the contract."""

    severity: str
    rule: str
    problem: str
    fix: str


def defect(rule: str, problem: str, fix: str) -> Finding:
    return Finding("defect", rule, problem, fix)


def risk(rule: str, problem: str, fix: str) -> Finding:
    return Finding("risk", rule, problem, fix)


def judge(run: Observation) -> list[Finding]:
    """Return all that is wrong with a run, in the order of the rules."""
    return [
        found
        for look in (_log, _lines, _files, _output, _error, _done, _end, _streams, _variables, _leftovers)
        for found in look(run)
    ]


def seen(run: Observation) -> str:
    """Say what the workflow saw of the run."""
    decision = run.report.decision
    if decision is None:
        return "nothing: it would hang until its timeout"
    if decision.kind == "crash":
        return "a crash that it cannot catch: an internal error occurred"
    if decision.kind == "error":
        return f"the error {decision.code}: {_brief(decision.message)}"
    if decision.is_json:
        return f"the output {_brief(decision.value)}"
    size = len(run.report.output or b"")
    return f"an output of {size} bytes as base64 text" if size else "an empty text as output"


def _brief(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:50]} ... ({len(text)} characters)"


def _log(run: Observation) -> Iterator[Finding]:
    log, at_start = run.left.get("out.log"), "create out.log at the start, before all else, even when nothing is logged"
    if log is None:
        yield defect("rule 2", "the log is never created", at_start)
    elif log.kind != "file":
        yield defect("rule 2", f"out.log is a {log.kind}, not a file", at_start)
    elif (created := run.appeared("out.log")) is not None:
        before = [name for name in (OUTPUT, ERROR, "done") if (at := run.appeared(name)) is not None and at < created]
        if before:
            yield defect("rule 2", f"the log is created late, after {before[0]}", at_start)


def _lines(run: Observation) -> Iterator[Finding]:
    log = run.left["out.log"].data if "out.log" in run.left else b""
    open_end = bool(log) and not log.endswith(b"\n")
    if len(run.report.log_cuts) > open_end:
        fix = "write each line, its newline included, with one write: what follows a partial line can be lost"
        yield defect("rule 2", "the log has partial lines: they are read before they are whole", fix)
    if open_end:
        yield risk("rule 2", "the last line of the log has no newline", "end each line with a newline")
    if run.report.log_lost:
        yield defect("rule 2", "the log has lines that are not valid UTF-8: they are lost", "write UTF-8")
    if any(len(line) > _LONG_LINE for line in log.split(b"\n")):
        yield risk("rule 2", "a line of the log is longer than 32 KiB", "split it: it may stop a reader for good")


def _files(run: Observation) -> Iterator[Finding]:
    """Check that there is exactly one outcome, an ordinary file that others can read."""
    there = [name for name in (OUTPUT, ERROR) if name in run.left]
    for name in there:
        left = run.left[name]
        if left.kind != "file":
            why = ", which leads nowhere in the sidecar's container" if left.kind == "link" else ""
            yield defect("rule 5", f"{name} is a {left.kind}{why}", "write an ordinary file")
        elif not left.mode & 0o004:
            yield risk("rule 5", f"{name} has mode {left.mode:04o}: another user cannot read it", "give it mode 0644")
    if len(there) == 2:
        problem = "both output.json and error.json are there: the output is ignored if the error counts"
        yield defect("rule 5", problem, "write one of them, and remove the other")
    if not there and run.report.done_seconds is not None:
        problem = "neither output.json nor error.json is there: that counts as a success with an empty text"
        yield defect("rule 5", problem, "write the result or the error before `done`")


def _output(run: Observation) -> Iterator[Finding]:
    output = run.left.get(OUTPUT)
    if output is None or output.kind != "file":
        return
    problem, size = go_json.problem(output.data), len(output.data)
    if problem and _is_cut(output.data):
        yield defect("rule 5", "the output is half written: it ends in the middle of its JSON", _WHOLE)
    elif problem:
        fix = "nothing, if the workflow expects that; else write JSON"
        yield risk("rule 3", f"the output is not JSON ({problem}): the workflow gets base64 text", fix)
    if run.report.done_seconds is not None and run.report.decision is None:
        yield defect("rule 3", f"the output of {size} bytes is over the sidecar's limit: never reported", "write less")
    elif size > _OLD_CAP:
        yield risk("rule 3", f"the output has {size} bytes, and v0.4 takes 4 MiB", "write less")


def _is_cut(document: bytes) -> bool:
    """Return whether it begins as JSON and ends too early."""
    try:
        json.loads(document)
    except json.JSONDecodeError as error:
        text = error.doc.strip()
        return text[:1] in ("{", "[", '"') and (error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg)
    except ValueError:  # not UTF-8
        return False
    return False


def _error(run: Observation) -> Iterator[Finding]:
    error, decision = run.left.get(ERROR), run.report.decision
    if error is None or error.kind != "file" or decision is None:
        return
    foreign = _foreign_keys(error.data)
    if decision.ignored:
        problem = f"error.json is ignored, because {decision.ignored}{foreign}: the workflow sees a success"
        yield defect("rule 4", problem, _FORM)
    elif decision.kind == "crash":
        problem = f"the error has a message and no code{foreign}: no workflow can catch it"
        yield risk("rule 4", problem, "give it a code, unless that is meant")
    elif decision.kind == "error":
        yield from _catchable(decision, foreign)


def _catchable(decision: Decision, foreign: str) -> Iterator[Finding]:
    if not decision.raw_message:
        yield defect("rule 4", f"the error has no message{foreign}: the workflow sees its code alone", _FORM)
    elif foreign:
        yield risk("rule 4", f"error.json holds more than code and message{foreign}", _FORM)
    if decision.message != decision.raw_message:
        problem = f"the message has a percent sign, and arrives as {_brief(decision.message)}"
        yield risk("rule 4", problem, "say it without, or bear with it")
    if decision.code.startswith("direktiv."):
        yield risk("rule 4", f"codes such as {decision.code!r} are the engine's own", "use a prefix of your own")


def _foreign_keys(document: bytes) -> str:
    """Return the keys of an error.json that nobody reads, in brackets."""
    found = json.loads(document.decode("utf-8", "replace")) if go_json.problem(document) is None else None
    foreign = [key for key in found if key.casefold() not in ("code", "message")] if isinstance(found, dict) else []
    return f" (nobody reads its {', '.join(map(repr, foreign))})" if foreign else ""


def _done(run: Observation) -> Iterator[Finding]:
    created = run.appeared("done")
    if created is None:
        status = "" if run.report.timed_out else f" (it exits with status {run.report.exit_status})"
        yield defect("rule 5", f"`done` is never created{status}", "create `done` on every path, last of all")
        return
    if "done" not in run.left:
        yield defect("rule 5", "`done` is removed again: the sidecar may miss it", "leave it where it is")
    for name in (OUTPUT, ERROR):
        if (appeared := run.appeared(name)) is not None and appeared > created:
            yield defect("rule 5", f"`done` comes first: {name} is created after it, and may not be read", _WHOLE)
        elif any(event.name == name and (event.changed or event.gone) for event in run.events[created:]):
            yield defect("rule 5", f"{name} is half written when `done` is created: it changes after that", _WHOLE)


def _end(run: Observation) -> Iterator[Finding]:
    report, fix = run.report, "exit at once when `done` is there"
    if report.timed_out and report.done_seconds is None:
        yield defect("rule 7", "it does not end by itself: it had to be ended", "do one thing and exit")
    elif report.timed_out or run.ran_on:
        yield defect("rule 6", "it runs on after `done`", fix)
    elif report.exit_status and not (run.termination and run.termination.sent):
        status = report.exit_status
        ended = f"it exits with status {status}" if status > 0 else f"{signal.Signals(-status).name} ends it"
        problem = f"{ended}, which is not zero: the job is started again, up to six times"
        yield defect("rule 6", problem, "exit with 0 after an error, too: error.json is how it is told")


def _streams(run: Observation) -> Iterator[Finding]:
    if "lines were logged after `done`" in run.report.warnings:
        yield risk("rule 2", "lines are logged after `done`, and are lost", "log before `done`")
    if run.report.unread:
        yield risk("rule 2", "it writes to stdout or stderr, which nobody reads", "write to out.log")


def _variables(run: Observation) -> Iterator[Finding]:
    for warning in run.report.warnings:
        if warning.startswith("variable "):
            yield defect("Variables", warning, "letters, digits and _, a letter first, no _ at the end")


def _leftovers(run: Observation) -> Iterator[Finding]:
    if others := sorted(run.left.keys() - _OWN):
        yield risk("Files in the exchange", f"it leaves {', '.join(others)} there", "remove what only you need")
