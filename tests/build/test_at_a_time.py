"""Several builds in one clone at a time: of other handlers and of the same, and while others use the cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from build.core.cache import locked
from tests.conftest import ROOT

_HANDLER = """from entry import handler


@handler
def {name}(data):
    return "{text}"
"""


def _handlers(folder: Path, name: str, text: str) -> Path:
    made = folder / "handlers" / name
    made.mkdir(parents=True)
    (made / f"{name}.py").write_text(_HANDLER.format(name=name, text=text))
    return made


def _started(handlers: Path, output: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "build"), "--handlers", str(handlers), "--output", str(output)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _said(*builds: subprocess.Popen[str]) -> list[str]:
    said = [build.communicate()[0] for build in builds]
    assert not any(build.returncode for build in builds), "\n".join(said)
    return said


def _answer(file: Path, folder: Path) -> str:
    exchange = folder / f"of {file.name}"
    exchange.mkdir()
    (exchange / "input.json").write_text("null")
    subprocess.run([file], env={"FN_DATA_DIR": str(exchange)}, check=True)
    return (exchange / "output.json").read_text()


def test_builds_at_the_same_time(tmp_path: Path) -> None:
    """Three of other handlers, for which there are two folders to work in, and one more of the same as the first."""
    text = str(tmp_path)  # no file of an earlier test
    asked = [("first", "first"), ("second", "second"), ("third", "third"), ("first", "again")]
    sources = {name: _handlers(tmp_path, name, text + name) for name in ("first", "second", "third")}
    started = [_started(sources[name], tmp_path / output) for name, output in asked]
    said = _said(*started)
    for name, output in asked:
        assert _answer(tmp_path / output, tmp_path) == f'"{text}{name}"'
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()  # two builds draw two seeds
    assert sum("  snapshot " in each for each in said) == 3
    assert sum("  file         cached" in each for each in said) == 1


def test_what_is_in_the_cache_waits_for_no_build(tmp_path: Path) -> None:
    """Here the places of all builds are taken."""
    handlers = _handlers(tmp_path, "kept", str(tmp_path))
    _said(_started(handlers, tmp_path / "fn"))
    with locked("work-1"), locked("work-2"):
        (said,) = _said(_started(handlers, tmp_path / "fn"))
    assert "  file         cached" in said
