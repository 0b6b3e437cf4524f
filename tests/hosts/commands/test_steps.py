"""`fn call` as one command in a step: what each engine hands in, and takes the result from."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Target

_LINES = {"text": "two\nlines: 100 %, Grüße, `$HOME` ::end::", "n": [1, None]}


def _script(file: Target, folder: Path, text: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """A step that is a script, as most engines have it: `fn` is the file, and given.json its input."""
    (folder / "given.json").write_text(json.dumps(_LINES))
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **file.environment, **variables}
    script = f'fn() {{ {shlex.join(file.command)} "$@"; }}\nset -e -o pipefail\n{text}'
    words = ["bash", "--noprofile", "--norc", "-c", script]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)


def _of_github(folder: Path, stdout: bytes) -> object:
    """Lines `NAME=VALUE` of $GITHUB_OUTPUT."""
    name, _, value = (folder / "github").read_text().removesuffix("\n").partition("=")
    assert name == "result"
    return json.loads(value)


def _of_kestra(folder: Path, stdout: bytes) -> object:
    """A line of stdout: `::{"outputs":{...}}::`."""
    (line,) = [text for text in stdout.decode().splitlines() if text.startswith("::") and text.endswith("::")]
    return json.loads(line[2:-2])["outputs"]["result"]


def _of_a_file(name: str) -> Callable[[Path, bytes], object]:
    return lambda folder, stdout: json.loads((folder / name).read_bytes())


def _of_stdout(folder: Path, stdout: bytes) -> object:
    return json.loads(stdout)


def _of_the_last_line(folder: Path, stdout: bytes) -> object:
    return json.loads(stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("fn call value <given.json", _of_stdout),
        ("fn call value --input given.json --output result.json", _of_a_file("result.json")),
        ('echo "result=$(fn call value --input given.json)" >>"$GITHUB_OUTPUT"', _of_github),
        ('printf \'::{"outputs":{"result":%s}}::\\n\' "$(fn call value --input given.json)"', _of_kestra),
        ("echo before; fn call value --input given.json", _of_the_last_line),
        ("mkdir -p xcom; fn call value --input given.json --output xcom/return.json", _of_a_file("xcom/return.json")),
        ('fn call value --input "$NOMAD_TASK_DIR/given.json"', _of_stdout),
        ('fn call value --input "$(cat given.json)"', _of_stdout),
        ("fn call value --input given.json | fn call value", _of_stdout),
    ],
    ids=["argo", "argo-file", "github", "kestra", "windmill", "airflow", "nomad", "argument", "pipe"],
)
def test_a_result(file: Target, tmp_path: Path, text: str, taken: Callable[[Path, bytes], object]) -> None:
    """It is one line of JSON, whatever it holds, with nothing around it."""
    done = _script(file, tmp_path, text, GITHUB_OUTPUT=str(tmp_path / "github"), NOMAD_TASK_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert taken(tmp_path, done.stdout) == _LINES


def test_no_result_of_an_error(file: Target, tmp_path: Path) -> None:
    """The step fails, by its status; an engine that reads a file finds none, and no half of one."""
    done = _script(file, tmp_path, 'fn call fault --input \'{"do":"nan"}\' --output result.json; echo not reached')
    assert (done.returncode, done.stdout) == (1, b"")
    assert json.loads(done.stderr.splitlines()[-1])["code"] == "fn.output.unserializable"
    assert not (tmp_path / "result.json").exists()


def test_an_annotation_for_github(file: Target, tmp_path: Path) -> None:
    """`--error` is a file with the document, from which a step can make what its engine shows."""
    text = 'fn call fault --input \'{"do":"coded"}\' --error error.json || echo "::error::$(cat error.json)"'
    done = _script(file, tmp_path, text)
    assert done.stdout == b'::error::{"code":"test.coded","message":"50% done"}\n'


def test_as_much_as_an_argument_takes(file: Target, tmp_path: Path) -> None:
    """128 KiB, with its zero: the kernel's limit for one argument."""
    given = json.dumps("x" * ((128 << 10) - 3))
    words = [*file.command, "call", "value", "--input", given]
    done = subprocess.run(words, env=dict(file.environment), capture_output=True, timeout=60, check=True)
    assert done.stdout == given.encode()
