"""The image that the Dockerfile makes: what it holds, how it is configured, what its build does again and what not."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from entry import __version__
from tests.conftest import ROOT
from tests.container.conftest import BASE, COMMIT, Context
from tests.container.engine import CONFINED, Engine, root_of

_OF_THE_ENGINE = {".dockerenv", "dev", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "proc", "sys"}
_CONFIGURED = ("User", "Env", "Cmd", "Entrypoint", "WorkingDir", "Volumes", "ExposedPorts", "StopSignal")
_TITLE = "org.opencontainers.image."


def _python3_build(*words: str | Path, engine: Engine) -> None:
    environment = {**os.environ, "DOCKER_HOST": f"unix://{engine.socket}", "SOURCE_DATE_EPOCH": "0"}
    command = [sys.executable, str(ROOT / "build"), "image", *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Loaded image" in done.stdout


def _tree(root: Path) -> dict[str, tuple[int, int, int, int]]:
    """Modes, owners and times of all that the image itself holds, by path."""
    found = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if name not in _OF_THE_ENGINE and name.partition("/")[0] not in _OF_THE_ENGINE and name != "etc":
            status = path.lstat()
            found[name] = (status.st_mode, status.st_uid, status.st_gid, int(status.st_mtime))
    return found


def _run(engine: Engine, image: str, exchange: Path, *words: str) -> Any:
    """The output of one run of greet."""
    for name in ("done", "out.log", "output.json", "error.json"):
        (exchange / name).unlink(missing_ok=True)
    (exchange / "input.json").write_text('{"name": "Ada"}')
    engine.ask(
        "run", "--rm", *CONFINED, f"--volume={exchange}:/direktiv-data", "--env=FN_LOG_LEVEL=debug", image, *words
    )
    assert (exchange / "done").exists()
    return json.loads((exchange / "output.json").read_bytes())


@pytest.fixture(scope="module")
def without_engine(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image that `python3 build image` writes itself."""
    folder = tmp_path_factory.mktemp("written")
    _python3_build("--tag", "fn:written", "--output", folder / "fn", "--archive", folder / "image.tar", engine=engine)
    return "fn:written"


def test_both_ways_give_the_same_image(engine: Engine, catalogue: str, without_engine: str, tmp_path: Path) -> None:
    """But for the bytes of /fn where the machine's Debian is not at the same update as the base, and two labels."""
    ours, theirs = root_of(engine, without_engine, tmp_path / "ours"), root_of(engine, catalogue, tmp_path / "theirs")
    assert _tree(ours) == _tree(theirs)
    assert {"fn", "direktiv-data", "tmp", "etc/passwd", "etc/group", "etc/ssl/certs/ca-certificates.crt"} <= set(
        _tree(ours)
    )
    for name in ("etc/passwd", "etc/group"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    described = [
        subprocess.run([root / "fn", "--describe"], capture_output=True, check=True, env={}).stdout
        for root in (ours, theirs)
    ]
    assert described[0] == described[1]
    one, other = engine.inspect(without_engine)["Config"], engine.inspect(catalogue)["Config"]
    assert {name: one.get(name) for name in _CONFIGURED} == {name: other.get(name) for name in _CONFIGURED}
    assert set(one["Labels"]) == set(other["Labels"])


def test_labels(engine: Engine, catalogue: str, context: Context, without_engine: str) -> None:
    """With what only a finished build knows as arguments, the plain build has the same labels; no file is made anew."""
    plain = engine.inspect(catalogue)["Config"]["Labels"]
    assert plain[f"{_TITLE}version"] == __version__
    assert plain[f"{_TITLE}revision"] == COMMIT
    assert plain[f"{_TITLE}licenses"] == "Apache-2.0"
    wanted = engine.inspect(without_engine)["Config"]["Labels"]
    described = engine.ask("run", "--rm", *CONFINED, catalogue, "--describe")
    arguments = {
        "REVISION": wanted[f"{_TITLE}revision"],
        "DESCRIPTION": wanted[f"{_TITLE}description"],
        "DESCRIBE": json.dumps(json.loads(described), ensure_ascii=False, separators=(",", ":")),
    }
    words = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    said = engine.build(context(ROOT / "handlers"), "fn:labelled", *words)
    assert engine.inspect("fn:labelled")["Config"]["Labels"] == wanted
    assert _cached(said, "RUN python3 build image")


def test_the_build_takes_the_snapshot_as_a_container(engine: Engine, catalogue: str, exchange: Path) -> None:
    """Under the engine's own profile of system calls; the run that restores it is confined."""
    assert _run(engine, catalogue, exchange, "greet") == {"greeting": "Hello, Ada!"}
    assert "fn: warm boot" in (exchange / "out.log").read_text()


def test_a_change_of_a_handler_makes_only_the_file_anew(rebuild: str) -> None:
    assert _cached(rebuild, "RUN python3 build toolchain")
    assert not _cached(rebuild, "RUN python3 build image")


def _cached(said: str, instruction: str) -> bool:
    step = re.split(r"^Step ", said[said.index(instruction) :], maxsplit=1, flags=re.MULTILINE)[0]
    return "Using cache" in step


def test_what_a_container_offers_is_all_that_handlers_need(engine: Engine, catalogue: str, exchange: Path) -> None:
    mounts = (f"--volume={exchange}:/direktiv-data", "--tmpfs=/tmp", "--memory=64m")
    told = engine.ask("run", "--rm", *CONFINED, *mounts, catalogue, "--doctor")
    assert "fix " not in told
    for words in (
        "warm: restored",
        "can be written",
        "64 MiB at most",
        "/tmp can be written",
        "certificates in /etc/ssl",
    ):
        assert words in told, told


def test_arguments_of_the_build(engine: Engine, context: Context, exchange: Path, tmp_path: Path) -> None:
    """One handler, run when none is named, by root, on a base of glibc that keeps what is its own."""
    arguments = {"HANDLER": "greet", "FN_HANDLER": "greet", "RUN_AS": "0", "BASE": BASE}
    words = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    engine.build(context(ROOT / "handlers"), "fn:greet", *words)
    configured = engine.inspect("fn:greet")["Config"]
    assert configured["User"] == "0"
    assert "FN_HANDLER=greet" in configured["Env"]
    assert engine.ask("run", "--rm", "--network=none", "fn:greet", "--list") == "greet"
    users = engine.ask("run", "--rm", "--network=none", "--entrypoint=cat", "fn:greet", "/etc/passwd")
    assert "daemon:" in users
    assert _run(engine, "fn:greet", exchange) == {"greeting": "Hello, Ada!"}


def test_a_base_of_musl(engine: Engine, exchange: Path, tmp_path: Path) -> None:
    """Any C library, since the file needs none: here musl's loader and a shell are beside it."""
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "lib").mkdir()
    shutil.copy("/bin/busybox", root / "bin" / "sh")
    shutil.copy("/lib/ld-musl-x86_64.so.1", root / "lib")
    packed = subprocess.run(["tar", "-c", "-C", root, "."], capture_output=True, check=True).stdout
    engine.ask("import", "--change=ENV COLOUR=red", "-", "base:musl", given=packed)
    words = (
        "--tag",
        "fn:musl",
        "--base",
        "base:musl",
        "--output",
        tmp_path / "fn",
        "--archive",
        tmp_path / "image.tar",
    )
    _python3_build(*words, engine=engine)
    configured = engine.inspect("fn:musl")["Config"]
    assert "COLOUR=red" in configured["Env"]
    assert configured["Entrypoint"] == ["/fn"]
    shell = ("--entrypoint=/bin/sh", "fn:musl", "-c", "echo a shell")
    assert engine.ask("run", "--rm", "--network=none", *shell) == "a shell"
    assert _run(engine, "fn:musl", exchange, "greet") == {"greeting": "Hello, Ada!"}
