"""Run a handler again, from source, whenever its code or input changes (`python3 build run NAME --watch`)."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from build.analysis.staging.source_tree import Source, staged
from build.core.paths import ROOT, shown
from build.dev.file_watcher import FileWatcher
from build.dev.run import brief, document_of, show, timeout_words
from build.link.source import from_source
from entry.testing import Sidecar
from entry.testing.emulators.sidecar import ENVIRONMENT


def watch(handlers: Path, requirements: Path | None, name: str, given: str, timeout: float | None) -> int:
    """Run until somebody presses Ctrl-C; return the exit status."""
    files = [Path(given[1:])] if given.startswith("@") else []
    with staged(handlers, requirements) as source, FileWatcher([handlers, ROOT / "entry"], files) as changes:
        watched = ", ".join([shown(handlers), "entry", *map(str, files)])
        print(f"\nwatching {watched}: {name} is run again when something changes; Ctrl-C ends")
        print("from source, for speed: the times are not those of the file", flush=True)
        python = from_source(*source.command("-m", "entry"))
        args = [name, *timeout_words(timeout)]
        run = _Run(source, python, args, given)
        try:
            while True:
                run.start()
                changed = changes.wait()
                run.end()
                print(f"\n{time.strftime('%H:%M:%S')} changed: {', '.join(map(shown, changed))}", flush=True)
                run = _Run(source, python, args, given)  # it is known to whoever ends it before it is started
        except KeyboardInterrupt:
            run.end()
            print("\nended", flush=True)
    return 0


class _Run(threading.Thread):
    """A run in the background, so that a change can cut it short."""

    def __init__(self, source: Source, python: Sequence[str], args: Sequence[str], given: str) -> None:
        super().__init__(daemon=True)
        self._source, self._given = source, given
        self._python, self._args = python, args
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._cut_short = False

    def run(self) -> None:
        try:
            document = document_of(self._given)
        except OSError as error:
            print(f"  input    {self._given}: {error.strerror}", flush=True)
            return
        print(f"{' '.join(self._args)}    input: {brief(document)}", flush=True)
        sidecar = Sidecar([], start=self._start, on_log=lambda line: self._say(f"  log      {line}"))
        report = sidecar.run(document)
        if self._cut_short:
            print("  ended    by the next change, before it had an outcome", flush=True)
        else:
            show(report, self._source.shown)

    def end(self) -> None:
        """Ask a run to end, and wait for it; nothing is to be done for one that was not started."""
        if self.ident is None:
            return
        with self._starting:
            self._cut_short = self.is_alive()
            if self._process:
                self._process.terminate()
        self.join()

    def _start(self, exchange: Path) -> subprocess.Popen[bytes]:
        variables = {name: self._source.environment[name] for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}
        environment = {**ENVIRONMENT, **variables, "FN_DATA_DIR": str(exchange)}
        with self._starting:
            self._process = subprocess.Popen(
                [*self._python, *self._args], cwd=self._source.stage, env=environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the watch
            )  # fmt: skip
            if self._cut_short:
                self._process.terminate()
            return self._process

    def _say(self, text: str) -> None:
        print(self._source.shown(text), flush=True)
