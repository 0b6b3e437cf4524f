"""`fn call` as a command of Direktiv's direktiv-cmd, which runs commands in any image: emulated here, rule for rule."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Target
from tests.hosts.direktiv.releases import as_user


class Stopped(Exception):
    """A command with `stop` failed."""


@dataclass
class Cmd:
    """Runs commands one after the other in TempDir, without a shell, stdin empty, stdout and stderr in one."""

    folder: Path
    user: int = 65532

    def run(self, *commands: str, stop: bool = False, envs: Mapping[str, str] | None = None) -> list[dict[str, object]]:
        results = list[dict[str, object]]()
        for number, command in enumerate(commands):
            words = shlex.split(os.path.expandvars(command))
            environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **(envs or {})}
            done = subprocess.run(
                words,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=60,
                check=False,
            )
            output: object = done.stdout.decode()
            with contextlib.suppress(ValueError):
                output = json.loads(done.stdout)
            results.append({"Error": f"exit status {done.returncode}" if done.returncode else "", "Output": output})
            if done.returncode and stop:
                raise Stopped(f"stopped because command {number} failed", results)
        return results


@pytest.fixture
def cmd(tmp_path: Path) -> Cmd:
    (tmp_path / "out" / "workflow").mkdir(parents=True)
    return Cmd(tmp_path)


def _fn(file: Target) -> str:
    return shlex.join(["env", *(f"{name}={text}" for name, text in file.environment.items()), *file.command, "call"])


def test_a_result_is_a_value(file: Target, cmd: Cmd) -> None:
    """All that is printed is one JSON document; with `--quiet` that holds for handlers that log, too."""
    given = {"text": "Grüße 'a' \"b\" \n", "list": [1, None]}
    argument = shlex.quote(json.dumps(given))
    assert cmd.run(f"{_fn(file)} value --quiet --input {argument}") == [{"Error": "", "Output": given}]
    lines = '{"lines": 2, "all": true}'
    assert cmd.run(f"{_fn(file)} talk --quiet --input '{lines}'") == [{"Error": "", "Output": 2}]
    (found,) = cmd.run(f"{_fn(file)} talk --input '{lines}'")
    assert str(found["Output"]).startswith("line 0\nline 1\n")


def test_files_of_the_action(file: Target, cmd: Cmd) -> None:
    """They lie where the command runs; a result below out/ becomes a variable."""
    (cmd.folder / "given.json").write_text('{"a": 1}')
    output = "out/workflow/greeting"
    assert cmd.run(f"{_fn(file)} value --input given.json --output {output}") == [{"Error": "", "Output": ""}]
    assert (cmd.folder / output).read_bytes() == b'{"a":1}'
    assert [path.name for path in (cmd.folder / "out" / "workflow").iterdir()] == ["greeting"]


def test_an_error(file: Target, cmd: Cmd) -> None:
    """With `stop` it ends the action, and the document of the error is in its output; without, the next one runs."""
    failing = f'{_fn(file)} fault --quiet --input \'{{"do": "coded"}}\''
    results = cmd.run(failing, f"{_fn(file)} value --input 7")
    assert results[0]["Error"] == "exit status 1"
    assert results[0]["Output"] == {"code": "test.coded", "message": "50% done"}
    assert results[1] == {"Error": "", "Output": 7}
    with pytest.raises(Stopped) as stopped:
        cmd.run(f"{_fn(file)} value --input 7", failing, f"{_fn(file)} value --input 8", stop=True)
    assert len(stopped.value.args[1]) == 2


def test_variables_and_user(file: Target, cmd: Cmd) -> None:
    """`envs` are the handler's; the user is the image's, and may not own the folder. Changes the user."""
    assert cmd.run(f"{_fn(file)} environment --input '\"WHO\"'", envs={"WHO": "Ada"}) == [
        {"Error": "", "Output": "Ada"}
    ]
    who = shlex.join(as_user(file, 65532))
    assert cmd.run(f"{who} call value --input 7", envs=file.environment) == [{"Error": "", "Output": 7}]


def test_no_input(file: Target, cmd: Cmd) -> None:
    """Stdin is empty there: an input that was forgotten is an error that says so."""
    (found,) = cmd.run(f"{_fn(file)} value")
    assert isinstance(found["Output"], dict)
    assert (found["Error"], found["Output"]["code"]) == ("exit status 1", "fn.input.invalid")
