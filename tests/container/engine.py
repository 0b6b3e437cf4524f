"""A container engine of the tests' own: starts Debian's dockerd, without a network of its own, and speaks to it.

Needs root. Images and layers stay in .cache/docker, so that a second session need not build them anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from build.core.paths import CACHE

_PATIENCE = 60  # seconds for the engine to answer
# As a cluster that lets nothing pass runs a function; the profile of system calls is the engine's own.
CONFINED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none")


@dataclass(frozen=True)
class Engine:
    """An engine that answers at a socket."""

    socket: Path

    def words(self, *words: str | Path) -> list[str]:
        """The command line that asks it."""
        return ["/usr/bin/docker", "--host", f"unix://{self.socket}", *map(str, words)]

    def ask(self, *words: str | Path, given: bytes | None = None) -> str:
        """What the engine answers; raises AssertionError with its complaint."""
        done = subprocess.run(self.words(*words), input=given, capture_output=True, check=False)
        assert done.returncode == 0, f"docker {' '.join(map(str, words))}\n{(done.stdout + done.stderr).decode()}"
        return done.stdout.decode().strip()

    def has(self, image: str) -> bool:
        return bool(self.ask("image", "ls", "--quiet", image))

    def inspect(self, name: str) -> dict[str, Any]:
        (found,) = json.loads(self.ask("inspect", name))
        return dict(found)

    def build(self, context: Path, tag: str, *words: str) -> str:
        """Builds an image with the Dockerfile of a folder; what the engine says of the steps."""
        proxies = [word for name in os.environ if name.lower().endswith("_proxy") for word in ("--build-arg", name)]
        return self.ask("build", "--network=host", "--tag", tag, *proxies, *words, context)


@contextmanager
def running() -> Iterator[Engine]:
    """Starts an engine, and stops it with all of its containers."""
    with tempfile.TemporaryDirectory(prefix="fn-docker-") as folder:  # short: it holds sockets
        place = Path(folder)
        data = CACHE / "docker"
        data.mkdir(parents=True, exist_ok=True)
        command = [
            "dockerd", f"--data-root={data}", f"--exec-root={place / 'exec'}", f"--pidfile={place / 'pid'}",
            f"--host=unix://{place / 'socket'}", "--iptables=false", "--ip6tables=false", "--bridge=none",
            "--ip-forward=false", "--log-level=warn",
        ]  # fmt: skip
        with (place / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            engine = Engine(place / "socket")
            try:
                _wait(engine, process, place / "log")
                yield engine
                if running := engine.ask("ps", "--all", "--quiet").split():
                    engine.ask("rm", "--force", *running)
            finally:
                process.terminate()
                process.wait()
                for mounted in _mounted_below(folder):
                    subprocess.run(["umount", "--lazy", mounted], check=True)


def _mounted_below(folder: str) -> list[str]:
    """What the engine has left mounted, the innermost first."""
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [place for place in reversed(mounted) if place.startswith(f"{folder}/")]


def _wait(engine: Engine, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while subprocess.run(engine.words("version"), capture_output=True, check=False).returncode:
        assert process.poll() is None, f"dockerd has ended\n{log.read_text()}"
        assert time.monotonic() < deadline, f"dockerd does not answer\n{log.read_text()}"
        time.sleep(0.1)


def root_of(engine: Engine, image: str, target: Path) -> Path:
    """The files of an image, unpacked: what runtimes other than the engine's get."""
    container = engine.ask("create", image)
    exported: Sequence[str] = engine.words("export", container)
    target.mkdir()
    with subprocess.Popen(exported, stdout=subprocess.PIPE) as export:
        subprocess.run(["tar", "-x", "-C", target], stdin=export.stdout, check=True)
    engine.ask("rm", container)
    return target
