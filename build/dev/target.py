"""The target of `python3 build conform`: a command of this machine, or an image. Start runs of it; judge nothing."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from build.core.cache import lock_unless_taken
from build.core.errors import BuildError
from entry.testing.emulators.sidecar import ENVIRONMENT

EXCHANGE = Path("/direktiv-data")  # where a function finds it in production
OTHER_USER = 65532


class Command:
    """A program of this machine. The exchange is where production has it if mounting is allowed, else FN_DATA_DIR."""

    visible = True  # the process that is started is the function's own

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        program = shutil.which(argv[0])
        if program is None:
            is_url = argv[0].startswith(("http://", "https://"))
            instead = "name --host http to examine a URL" if is_url else "name a file, or a program on the PATH"
            raise BuildError(f"{argv[0]} is no program that can be started", instead)
        self._argv = [str(Path(program).absolute()), *argv[1:]]
        self._environment = {**ENVIRONMENT, **environment}
        self.can_be_another_user = os.getuid() == 0
        self._mounts = os.getuid() == 0 and _may_mount()
        self.surroundings = f"the exchange is at {EXCHANGE}, for these runs only"
        if not self._mounts:
            self.surroundings = (
                f"the exchange is where FN_DATA_DIR says; at {EXCHANGE} only root that may mount can put it"
            )

    def __str__(self) -> str:
        return shlex.join(self._argv)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Create the folder on which exchanges are mounted, for a while; remove it if it was not there before."""
        if not self._mounts:
            yield
            return
        made = not EXCHANGE.exists()
        EXCHANGE.mkdir(exist_ok=True)
        lock = os.open(EXCHANGE, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_SH)  # others may examine something, too
        try:
            yield
        finally:
            if made and lock_unless_taken(lock):  # nobody else examines anything
                with suppress(OSError):  # another run has found it, and written there
                    EXCHANGE.rmdir()
            os.close(lock)

    def start(self, exchange: Path, *, unprivileged: bool) -> subprocess.Popen[bytes]:
        environment, argv = self._environment, self._argv
        if unprivileged:
            argv = [_tool("setpriv"), f"--reuid={OTHER_USER}", f"--regid={OTHER_USER}", "--clear-groups", *argv]
        if self._mounts:
            mount = f'{_tool("mount")} --bind "$0" {EXCHANGE} && exec "$@"'
            argv = [_tool("unshare"), "--mount", "/bin/sh", "-c", mount, str(exchange), *argv]
        else:
            environment = {**environment, "FN_DATA_DIR": str(exchange)}
        return _started(argv, environment)


class Image:
    """A container image; each run is a container of Docker. Words replace its entrypoint, as `cmd` does."""

    visible = False  # what is started is Docker's client, which forwards signals
    can_be_another_user = True

    def __init__(self, name: str, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self._name, self._argv = name, list(argv)
        self._environment = {**ENVIRONMENT, **environment}
        self._containers: list[str] = []
        self.surroundings = f"each run is a container, with the exchange at {EXCHANGE}"

    def __str__(self) -> str:
        return f"image {self._name} {shlex.join(self._argv)}".rstrip()

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Allow runs for a while, and end all containers afterwards. Raise BuildError without Docker or the image."""
        otherwise = "or name the command that the image runs instead: python3 build conform COMMAND"
        if shutil.which("docker") is None:
            raise BuildError("docker is not installed", f"install it (Debian: apt-get install docker.io), {otherwise}")
        asked = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False)
        if asked.returncode:
            said = asked.stderr.strip().splitlines()[-1:] or ["it says nothing"]
            raise BuildError(f"Docker does not answer: {said[0]}", f"start its daemon (dockerd), {otherwise}")
        found = subprocess.run(["docker", "image", "inspect", self._name], capture_output=True, check=False)
        if found.returncode:
            raise BuildError(f"there is no image {self._name} here", "make it with docker build, or docker pull it")
        try:
            yield
        finally:
            subprocess.run(["docker", "rm", "--force", *self._containers], capture_output=True, check=False)

    def start(self, exchange: Path, *, unprivileged: bool) -> subprocess.Popen[bytes]:
        name = f"fn-conform-{os.getpid()}-{len(self._containers)}"
        self._containers.append(name)
        options = ["--rm", "--name", name, "--volume", f"{exchange}:{EXCHANGE}"]
        for variable, value in self._environment.items():
            options += ["--env", f"{variable}={value}"]
        if unprivileged:
            options += ["--user", f"{OTHER_USER}:{OTHER_USER}", "--read-only", "--cap-drop", "ALL"]
        if self._argv:
            options += ["--entrypoint", self._argv[0]]
        return _started(["docker", "run", *options, self._name, *self._argv[1:]], os.environ)


Target = Command | Image


def target_of(argv: Sequence[str], image: str | None, variables: Sequence[str]) -> Target:
    """Make the target of the options, variables as NAME=VALUE; raise BuildError for invalid ones."""
    if image is not None:
        return Image(image, argv, variables_of(variables))
    return Command(*command_of(argv, variables))


def command_of(argv: Sequence[str], variables: Sequence[str]) -> tuple[Sequence[str], Mapping[str, str]]:
    """Return a command and its variables, given as NAME=VALUE; raise BuildError for invalid ones."""
    pairs = variables_of(variables)
    if not argv:
        example = "name its command, options last: python3 build conform dist/fn greet"
        raise BuildError("which function is to be examined?", example)
    return argv, pairs


def variables_of(texts: Sequence[str]) -> Mapping[str, str]:
    """Return variables that are given as NAME=VALUE; raise BuildError for any other form."""
    pairs = {name: value for name, equals, value in (text.partition("=") for text in texts) if name and equals}
    if len(pairs) < len(texts):
        raise BuildError(f"--env: expected NAME=VALUE, each name once, got {', '.join(texts)}")
    return pairs


def _started(argv: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)


def _may_mount() -> bool:
    """Tell whether root may mount: not in a container without capabilities."""
    argv = [_tool("unshare"), "--mount", _tool("mount"), "--bind", "/", "/"]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def _tool(name: str) -> str:
    """Return the full path of a program of util-linux, since the function's environment has no PATH."""
    path = shutil.which(name)
    if path is None:
        raise BuildError(f"{name} is not installed", "install the package util-linux")
    return path
