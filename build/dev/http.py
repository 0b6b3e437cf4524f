"""Functions behind HTTP, for authors: serve a handler (`run --host http`), examine one (`conform --host http`)."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from build.core.errors import BuildError
from build.dev.conformance import report_results
from build.dev.run import document_of, timeout_words
from entry.testing.conformance.http_host import examine
from entry.testing.service import Caller, Service, free_port

_READY = 120.0  # seconds that Direktiv's sidecar waits


def serve(file: Path, name: str, given: str, timeout: float | None, port: int) -> int:
    """Serve a handler until Ctrl-C; print where, how to call it, and its log. Return the server's exit status."""
    document_of(given)
    words = [file, "serve", name, "--port", str(port), "--log-format", "text", "--access-log", *timeout_words(timeout)]
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


def conform(
    words: Sequence[str], variables: Mapping[str, str], document: bytes, failing: bytes | None, timeout: float,
    report: Path | None,
) -> int:  # fmt: skip
    """Run every case against a URL, or a command that is started for it; return 1 if there is a defect."""
    if not words:
        example = "name it, options last: python3 build conform --host http dist/fn serve greet"
        raise BuildError("which function is to be examined?", example)
    name = shlex.join(words)
    with _found(words, variables) as caller:
        results = examine(caller, document, failing, timeout)
        return report_results(
            name, f"it listens on {caller.host}:{caller.port}{caller.path}", document, results, report
        )


@contextmanager
def _found(words: Sequence[str], variables: Mapping[str, str]) -> Iterator[Caller]:
    if "://" in words[0]:
        if variables:
            raise BuildError("--env: what runs already gets no variables", "set them where it is started")
        caller = _caller(words[0])
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
    with free_port() as port:
        told = {"PATH": os.environ.get("PATH", ""), **variables, "PORT": str(port), "FN_PORT": str(port)}
        service = Service([Path(program).absolute(), *words[1:]], told, port)
        try:
            service.probe(0.1, _READY)
            yield service
        except RuntimeError as error:
            raise BuildError(f"{shlex.join(words)}: {error}", "it has to listen on the port that PORT names") from None
        finally:
            service.end(20)


def _caller(url: str) -> Caller:
    """Return what asks the function at a URL; raise BuildError for one that cannot be asked."""
    place = urlsplit(url)
    if place.scheme != "http":
        raise BuildError(f"{url}: {place.scheme} is not spoken here", "name its address behind the proxy, as http://")
    try:
        host, port = place.hostname, place.port
    except ValueError as error:
        raise BuildError(f"{url}: {error}", "name a URL such as http://localhost:8080/greet") from None
    return Caller(host or "localhost", port or 80, (place.path or "/") + (f"?{place.query}" if place.query else ""))
