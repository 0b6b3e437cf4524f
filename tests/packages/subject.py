"""A package of the matrix: its requirement, its folder, its build, and runs of its job. Measures nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from build.core.paths import CACHE, ROOT
from build.toolchain.requirements import author_packages
from tests.portable.bare import run_in

HERE = Path(__file__).parent
_WORK = CACHE / "tests" / "packages"
_PYTHON = getattr(sys, "_base_executable", sys.executable)  # the build's own, without its environment
_BESIDE = {"orjson": "tzdata", "pyarrow": "tzdata", "duckdb": "numpy"}  # what a job needs besides: zones, arrays
_LIMIT = 120  # seconds for a run
COLD = {"FN_COLD": "1"}


class JobError(Exception):
    """A build or a run failed; the text is what it has said."""


class Answer(NamedTuple):
    """The result of a job; the seconds, and those of a processor, from the start to the first line of the handler."""

    value: object
    seconds: float
    processor: float


def requirements() -> dict[str, str]:
    """The lines of the requirements file, by the name of the job."""
    lines = (HERE / "requirements.txt").read_text().splitlines()
    return {re.split(r"[=\[]", line)[0].replace("-", "_"): line for line in lines if not line.startswith("#")}


def names() -> list[str]:
    """The packages that have a job."""
    return sorted(path.stem for path in (HERE / "jobs").glob("*.py"))


class Subject:
    """One package in a folder of its own; `jobs`: more than one are one package's file."""

    def __init__(self, name: str, jobs: tuple[str, ...] = ()) -> None:
        self.name = name
        self.folder = _WORK / name
        self.handlers = self.folder / "handlers"
        self.file = self.folder / "fn"
        self.jobs = jobs or (name,)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.handlers.mkdir(parents=True)
        self._stage()
        self.packages = author_packages(self.folder / "requirements.txt")

    def _stage(self) -> None:
        lines = requirements()
        beside = {_BESIDE[job] for job in self.jobs if job in _BESIDE} - {*self.jobs}
        (self.folder / "requirements.txt").write_text("".join(f"{lines[job]}\n" for job in (*self.jobs, *beside)))
        template = (HERE / "templates" / "job.py").read_text()
        for job in self.jobs:
            shutil.copy(HERE / "jobs" / f"{job}.py", self.handlers / f"_job_{job}.py")
            text = template.replace("_job", f"_job_{job}").replace("def job(", f"def do_{job}(")
            (self.handlers / f"do_{job}.py").write_text(text)

    def build(self) -> tuple[float, str]:
        """Make the file as its author would; return the seconds, and what the build has said."""
        command = [sys.executable, str(ROOT / "build"), "--handlers", str(self.handlers), "--output", str(self.file)]
        command += ["--requirements", str(self.folder / "requirements.txt")]
        before = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        (self.folder / "build.log").write_text(done.stdout + done.stderr)
        if done.returncode:
            raise JobError(f"{done.stdout}\n{done.stderr}".strip())
        return time.monotonic() - before, done.stdout

    def plain(self, job: str = "") -> Answer:
        """Run the job under CPython, with the packages as installed."""
        path = f"{self.handlers}{os.pathsep}{self.packages}"
        code = (HERE / "templates" / "plain.py").read_text().replace("_job", f"_job_{job or self.name}")
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        done = subprocess.run(
            [_PYTHON, "-c", code], env={"PATH": os.environ["PATH"], "PYTHONPATH": path}, capture_output=True,
            text=True, check=False, timeout=_LIMIT, cwd="/",
        )  # fmt: skip
        if done.returncode:
            raise JobError(done.stderr)
        return _answer(done.stdout.splitlines()[-1], before)

    def run(self, environment: Mapping[str, str], job: str = "") -> Answer:
        """Run the file with a folder as its exchange."""
        with tempfile.TemporaryDirectory() as folder:
            exchange = Path(folder)
            (exchange / "input.json").write_text("{}")
            variables = {**environment, "FN_DATA_DIR": folder, "PATH": os.environ["PATH"]}
            command = [str(self.file), f"do_{job or self.name}"]
            before = time.clock_gettime(time.CLOCK_MONOTONIC)
            done = subprocess.run(command, env=variables, capture_output=True, check=False, timeout=_LIMIT, cwd="/")
            return _outcome(exchange, before, done.stderr.decode("utf-8", "replace"))

    def run_in_empty_root(self, environment: Mapping[str, str], job: str = "") -> Answer:
        """Run the file where there is nothing else, read-only, as a user without a name. Needs root and mounts."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "root"
            exchange = root / "direktiv-data"
            exchange.mkdir(parents=True)
            (root / "proc").mkdir()
            for each, mode in ((Path(folder), 0o755), (root, 0o755), (exchange, 0o777)):
                each.chmod(mode)
            shutil.copy(self.file, root / "fn")
            (exchange / "input.json").write_text("{}")
            before = time.clock_gettime(time.CLOCK_MONOTONIC)
            variables = {**environment, "TMPDIR": "/direktiv-data"}  # nothing else can be written there
            run_in(root, f"do_{job or self.name}", environment=variables)
            return _outcome(exchange, before, "")


def _outcome(exchange: Path, before: float, said: str) -> Answer:
    log = exchange / "out.log"
    words = f"{said}{log.read_text(errors='replace')}" if log.exists() else said
    if not (exchange / "output.json").exists():
        error = exchange / "error.json"
        raise JobError(f"{error.read_text() if error.exists() else 'no outcome'}\n{words}".strip())
    return _answer((exchange / "output.json").read_text(), before)


def _answer(text: str, before: float) -> Answer:
    answer = json.loads(text)
    return Answer(answer["value"], answer["started"] - before, answer["used"])
