"""Run the built file against the sidecar emulator, and show what a workflow would see (`python3 build run`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from entry.testing import Decision, Report, Sidecar


def run(file: Path, name: str, given: str, timeout: float | None) -> int:
    """Run a handler; print log lines as they come, the outcome, warnings and times. Return 0 if it had a result.

    `given`: the input as JSON, or @FILE.
    """
    document = document_of(given)
    arguments = [name, *timeout_words(timeout)]
    print(f"\n{file.name} {' '.join(arguments)}    input: {brief(document)}", flush=True)
    report = Sidecar([file, *arguments], on_log=lambda line: print(f"  log      {line}", flush=True)).run(document)
    show(report)
    return 0 if report.decision and report.decision.kind == "success" else 1


def timeout_words(timeout: float | None) -> list[str]:
    """Return the words that tell a file of a limit; what it makes of 0 is its own."""
    return [] if timeout is None else ["--timeout", f"{timeout:.10g}"]


def document_of(given: str) -> bytes:
    """Read the input, given as JSON or as @FILE; raise OSError."""
    return Path(given[1:]).read_bytes() if given.startswith("@") else given.encode()


def brief(document: bytes) -> str:
    """Shorten an input to one line."""
    text = document.decode("utf-8", "replace").strip()
    return text if len(text) <= 80 and text.isprintable() else f"{len(document)} bytes"


def show(report: Report, shown: Callable[[str], str] = str) -> None:
    """Print what the workflow saw, and what it would not have learnt; `shown` shortens paths."""
    print(shown(_outcome(report.decision)))
    for warning in report.warnings:
        print(f"  warning  {warning}")
    done = f"done after {report.done_seconds * 1e3:.1f} ms, " if report.done_seconds is not None else ""
    print(f"  times    {done}exit after {report.seconds * 1e3:.1f} ms with status {report.exit_status}", flush=True)


def _outcome(decision: Decision | None) -> str:
    if decision is None:
        return "  hang     nothing was reported: the workflow would wait for its timeout"
    if decision.kind == "success":
        what = "output" if decision.is_json else "base64"
        return f"  {what:<8} {json.dumps(decision.value, ensure_ascii=False)}"
    if decision.kind == "error":
        return f"  error    {decision.code}: {decision.message}    (the workflow can catch it)"
    return f"  crash    {decision.message}    (written: {decision.raw_message})"
