"""Functions behind HTTP, for authors: serve a handler (`run --host http`), examine one (`conform --host http`)."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from build.core.errors import BuildError
from build.dev.conformance import report_results
from build.dev.run import document_of
from entry.testing.conformance.http_host import examine
from entry.testing.service import Caller, Service, free_port

_READY = 120.0  # seconds that Direktiv's sidecar waits


def serve(file: Path, name: str, given: str, timeout: float | None, port: int) -> int:
    """Serve a handler until Ctrl-C; print where, how to call it, and its log. Return the server's exit status."""
    document_of(given)
    words = [file, "serve", name, "--port", str(port), "--log-format", "text", "--access-log"]
    words += ["--timeout", f"{timeout:g}"] if timeout else []
    with subprocess.Popen(
        [str(word) for word in words], stdout=subprocess.PIPE, text=True, errors="backslashreplace"
    ) as process:
        # The server has the signal, too, and ends: nothing of what it says until then may be lost.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            lines = iter(process.stdout or ())
            if "listening on port" not in (first := next(lines, "")):
                return process.wait()
            url = f"http://localhost:{first.split()[-1]}/{name}"
            print(f"\n{name} at {url}    Ctrl-C ends\n  curl -d {shlex.quote(given)} {url}\n", flush=True)
            for line in lines:
                print(f"  {line}", end="", flush=True)
            return process.wait()
        finally:
            signal.signal(signal.SIGINT, before)


def conform(words: Sequence[str], document: bytes, failing: bytes | None, timeout: float, report: Path | None) -> int:
    """Run every case against a URL, or a command that is started for it; return 1 if there is a defect."""
    if not words:
        example = "name it, options last: python3 build conform --host http dist/fn serve greet"
        raise BuildError("which function is to be examined?", example)
    name = shlex.join(words)
    with _found(words) as caller:
        results = examine(caller, document, failing, timeout)
        return report_results(name, f"it listens on {caller.host}:{caller.port}", document, results, report)


@contextmanager
def _found(words: Sequence[str]) -> Iterator[Caller]:
    if words[0].startswith("http://"):
        place = urlsplit(words[0])
        caller = Caller(place.hostname or "localhost", place.port or 80)
        try:
            yield caller
        finally:
            caller.close()
        return
    program = shutil.which(words[0])
    if program is None:
        raise BuildError(
            f"{words[0]} is no program that can be started", "name a file, a program on the PATH, or a URL"
        )
    port = free_port()
    told = {"PORT": str(port), "FN_PORT": str(port), "PATH": os.environ.get("PATH", "")}
    service = Service([Path(program).absolute(), *words[1:]], told, port)
    try:
        service.probe(0.1, _READY)
        yield service
    except RuntimeError as error:
        raise BuildError(f"{shlex.join(words)}: {error}", "it has to listen on the port that PORT names") from None
    finally:
        service.end(20)
