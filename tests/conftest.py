"""What all tests share: the targets that every case runs against, and one run of a target."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from build.link.source import from_source

# The same cases in every run, and no clock: a machine with other work to do makes them slowly.
settings.register_profile("fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fixed")

# Below `nohup`, and behind the `&` of a shell, some are ignored, and would be by every run.
for _number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
SOURCE = tuple(from_source(sys.executable, "-m", "entry"))  # what `python -m entry` becomes


def handlers_of_the_repository() -> list[str]:
    """Return their names. What somebody tries beside them, as the README says, is not committed: it needs no page."""
    words = ["git", "-c", "safe.directory=*", "ls-files", "handlers/[a-z]*.py"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(Path(name).stem.replace("_", "-") for name in listed.splitlines() if name.count("/") == 1)


@dataclass(frozen=True)
class Target:
    """What a case runs against: the words that start it, where, and with which environment of its own."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = TESTS  # holds the package `handlers` of the tests, for runs from source

    @property
    def is_file(self) -> bool:
        return self.name != "source"

    @property
    def is_cold(self) -> bool:
        """Whether its runs boot cold: a file, told to."""
        return "FN_COLD" in self.environment

    @property
    def inside(self) -> tuple[str, ...]:
        """What starts it from within a run."""
        return self.command

    def words(self, variables: Mapping[str, str]) -> Sequence[str]:
        """What starts it, given the variables that its process is started with."""
        return self.command


@dataclass(frozen=True)
class Result:
    """What one run left behind."""

    exchange: Path
    status: int
    stderr: str

    @property
    def output(self) -> bytes | None:
        return _read(self.exchange / "output.json")

    @property
    def error(self) -> dict[str, str] | None:
        """The error, after checking its form: an object of exactly two texts, the message not empty."""
        found = _read(self.exchange / "error.json")
        if found is None:
            return None
        error = json.loads(found)
        assert list(error) == ["code", "message"]
        assert all(isinstance(text, str) for text in error.values())
        assert error["message"]
        return dict(error)

    @property
    def log(self) -> str:
        return (self.exchange / "out.log").read_text(encoding="utf-8")

    def assert_announced(self) -> None:
        """Exactly one outcome, `done`, nothing left over, status 0: true of every attempted run."""
        names = {path.name for path in self.exchange.iterdir()} - {"input.json", "vars"}
        outcome = names & {"output.json", "error.json"}
        assert len(outcome) == 1, (names, self.stderr)
        assert names == outcome | {"out.log", "done"}, names
        assert self.status == 0
        published = (self.exchange / outcome.pop()).stat()
        assert published.st_mode & 0o777 == 0o644
        log = (self.exchange / "out.log").read_bytes()
        assert not log or log.endswith(b"\n")
        log.decode("utf-8")

    def assert_failed(self, code: str) -> str:
        """Announced, with an error of this code; return its message."""
        self.assert_announced()
        assert self.error is not None
        assert self.error["code"] == code
        return self.error["message"]


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _targets() -> list[Target]:
    source = Target("source", SOURCE, {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"})
    file = os.environ.get("FN_TEST_FILE", str(ROOT / ".cache" / "tests" / "fn"))
    portable = os.environ.get("FN_TEST_PORTABLE_FILE", str(ROOT / ".cache" / "tests" / "fn-portable"))
    return [
        source,
        Target("cold", (file,), {"FN_COLD": "1"}),
        Target("portable", (portable,)),
        Target("portable-cold", (portable,), {"FN_COLD": "1"}),
        Target("warm", (file,)),
    ]


TARGETS = _targets()


@pytest.fixture(params=TARGETS, ids=lambda target: target.name)
def target(request: pytest.FixtureRequest) -> Target:
    """Every target in turn."""
    chosen: Target = request.param
    return chosen


@pytest.fixture(params=TARGETS[1:], ids=lambda target: target.name)
def file(request: pytest.FixtureRequest) -> Target:
    """The built file, for what only it promises."""
    chosen: Target = request.param
    return chosen


@pytest.fixture
def exchange(tmp_path: Path) -> Path:
    """An exchange directory as the sidecar makes it."""
    made = tmp_path / "exchange"
    made.mkdir()
    made.chmod(0o777)
    return made


Run = Callable[..., Result]
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(exchange: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a run and returns its process; what is still running at the end of the test is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(
        target: Target,
        *arguments: str,
        given: object = None,
        environment: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        **options: object,
    ) -> subprocess.Popen[bytes]:
        if given is not None:
            document = given if isinstance(given, bytes) else json.dumps(given).encode()
            (exchange / "input.json").write_bytes(document)
        variables = {"FN_DATA_DIR": str(exchange), **target.environment, **(environment or {})}
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [*prefix, *target.words(variables), *arguments],
            cwd=target.directory,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **options,  # type: ignore[call-overload]
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


@pytest.fixture
def run(start: Callable[..., subprocess.Popen[bytes]], exchange: Path) -> Run:
    """One whole run; a run that does not end is a failure of the case."""

    def complete(target: Target, *arguments: str, **options: object) -> Result:
        return finish(start(target, *arguments, **options), exchange)

    return complete


def finish(process: subprocess.Popen[bytes], exchange: Path, patience: float = 60) -> Result:
    """Waits for a started run."""
    _, stderr = process.communicate(timeout=patience)
    return Result(exchange, process.returncode, (stderr or b"").decode())


def wait_for_log(exchange: Path, process: subprocess.Popen[bytes], text: str) -> None:
    """Waits until the function has logged a text: the run is then well under way."""
    from entry.testing.inotify import Watch

    log = exchange / "out.log"
    with Watch(exchange) as watch:
        while True:
            has_ended = process.poll() is not None  # asked first: all that it has logged is there then
            if log.exists() and text in log.read_text():
                return
            assert not has_ended, "the run ended early"
            list(watch.events(1))
