"""The image's files without an engine: by runc, crun, and bubblewrap, a sandbox that is no container runtime."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Result, finish, wait_for_log
from tests.container.engine import Engine, root_of

_MANY = 200
# crun refuses control groups of both versions at once: where they are, it sees those of the first.
_UNIFIED = "/sys/fs/cgroup/unified"
_ONE_HIERARCHY = (
    "unshare",
    "--mount",
    "sh",
    "-c",
    f'mountpoint -q {_UNIFIED} && umount -l {_UNIFIED}; exec "$@"',
    "sh",
)
_KINDS = ("bounding", "effective", "inheritable", "permitted", "ambient")


@dataclass(frozen=True)
class Box:
    """Runs the image's files confined: its own root, read-only, no network, no capability, user 65532.

    Each run logs how it was booted.
    """

    runtime: str
    root: Path

    def start(self, folder: Path, document: object, *words: str) -> subprocess.Popen[bytes]:
        """One run in a folder of its own, which gets the exchange and what the runtime keeps."""
        exchange = folder / "exchange"
        exchange.mkdir(parents=True)
        exchange.chmod(0o777)
        (exchange / "input.json").write_text(json.dumps(document))
        command = self._sandbox(exchange) if self.runtime == "bwrap" else self._container(folder, exchange, words)
        more = words if self.runtime == "bwrap" else ()
        return subprocess.Popen([*command, *more], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")

    def run(self, folder: Path, document: object, *words: str) -> Result:
        return finish(self.start(folder, document, *words), folder / "exchange")

    def _sandbox(self, exchange: Path) -> list[str]:
        return [
            "bwrap", "--unshare-all", "--unshare-user", "--uid", "65532", "--gid", "65532", "--cap-drop", "ALL",
            "--ro-bind", str(self.root), "/", "--bind", str(exchange), "/direktiv-data", "--clearenv",
            "--setenv", "FN_LOG_LEVEL", "debug", "/fn",
        ]  # fmt: skip

    def _container(self, folder: Path, exchange: Path, words: tuple[str, ...]) -> list[str]:
        """A bundle as the runtime specification wants it."""
        specification = {
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": 65532, "gid": 65532},
                "args": ["/fn", *words],
                "env": ["FN_LOG_LEVEL=debug"],
                "cwd": "/",
                "capabilities": {kind: [] for kind in _KINDS},
                "noNewPrivileges": True,
            },
            "root": {"path": str(self.root), "readonly": True},
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
                {"destination": "/direktiv-data", "type": "bind", "source": str(exchange), "options": ["rbind", "rw"]},
            ],
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]},
        }
        (folder / "config.json").write_text(json.dumps(specification))
        name = f"fn-{os.getpid()}-{folder.name}"
        prefix = _ONE_HIERARCHY if self.runtime == "crun" else ()
        return [*prefix, self.runtime, "--root", str(folder / "state"), "run", "--bundle", str(folder), name]


@pytest.fixture(scope="module")
def root(engine: Engine, functions: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image of the tests' handlers holds, where user 65532 can reach it."""
    made = root_of(engine, functions, tmp_path_factory.mktemp("image") / "root")
    for folder in made.parents[:3]:
        folder.chmod(folder.stat().st_mode | 0o011)
    return made


@pytest.fixture(params=["runc", "crun", "bwrap"])
def box(request: pytest.FixtureRequest, root: Path) -> Box:
    """Each runtime in turn."""
    return Box(request.param, root)


def test_a_result(box: Box, tmp_path: Path) -> None:
    result = box.run(tmp_path / "run", {"a": 1}, "value")
    result.assert_announced()
    assert result.output == b'{"a":1}'
    assert result.log == "fn: warm boot\n"


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("value error", "fn.exception"),
        ("segfault", "fn.killed"),
        ("os._exit 0", "fn.exit"),
        ("recursion", "fn.exception"),
    ],
)
def test_a_fault(box: Box, tmp_path: Path, case: str, code: str) -> None:
    result = box.run(tmp_path / "run", {"do": case}, "fault")
    result.assert_failed(code)


def test_the_timeout(box: Box, tmp_path: Path) -> None:
    result = box.run(tmp_path / "run", {"do": "deaf"}, "fault", "--timeout", "0.3")
    result.assert_failed("fn.timeout")


@pytest.mark.parametrize("runtime", ["runc", "crun"])
def test_a_request_to_end(root: Path, tmp_path: Path, runtime: str) -> None:
    """What a runtime is sent, it hands on; bubblewrap does not."""
    process = Box(runtime, root).start(tmp_path / "run", {"do": "tidy up"}, "fault")
    wait_for_log(tmp_path / "run" / "exchange", process, "waiting")
    process.terminate()
    result = finish(process, tmp_path / "run" / "exchange")
    result.assert_failed("fn.terminated")
    assert "tidied up" in result.log


@pytest.mark.parametrize("runtime", ["runc", "crun"])
def test_many_at_once(root: Path, tmp_path: Path, runtime: str) -> None:
    """All are started before one is waited for; each has its own result, none is lost."""
    box = Box(runtime, root)
    started = [box.start(tmp_path / str(number), {"n": number}, "value") for number in range(_MANY)]
    for number, process in enumerate(started):
        result = finish(process, tmp_path / str(number) / "exchange", patience=300)
        result.assert_announced()
        assert result.output == b'{"n":%d}' % number
