"""Files far larger than a function's memory pass through: 200 MB of CSV to JSON and back. Needs room for 0.9 GB."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.catalogue.conftest import FILE

_ROWS = 2_100_000
_BLOCK = 10_000
_MOST = 128 << 20  # bytes of address space


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Path]:
    """An exchange as root gets it, with the folders of variables; gone at once, for its size."""
    made = tmp_path / "exchange"
    (made / "vars" / "out" / "workflow").mkdir(parents=True)
    yield made
    shutil.rmtree(made)


def _block(first: int) -> bytes:
    numbers = range(first, min(first + _BLOCK, _ROWS))
    return b"".join(b'%d,"a, ""quoted"" text that is as long as most are",%d.5,\r\n' % (n, n) for n in numbers)


def _write(path: Path) -> str:
    """The digest of what was written."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for block in (b"id,text,price,note\r\n", *map(_block, range(0, _ROWS, _BLOCK))):
            file.write(block)
            digest.update(block)
    return digest.hexdigest()


def _run(exchange: Path, handler: str, given: Mapping[str, object]) -> None:
    """A run that may have little address space, of which the file takes a fifth; its variable is the next input."""
    for name in ("done", "output.json", "out.log"):
        (exchange / name).unlink(missing_ok=True)
    (exchange / "input.json").write_text(json.dumps(given))
    command: list[str | Path] = ["prlimit", f"--as={_MOST}", FILE, handler]
    subprocess.run(command, env={"FN_DATA_DIR": str(exchange)}, executable="/usr/bin/prlimit", check=True)
    assert (exchange / "output.json").exists(), (exchange / "error.json").read_text()
    (exchange / "vars" / "out" / "workflow" / "next").rename(exchange / "vars" / "next")


@pytest.mark.needs("dist/fn")
def test_200_megabytes_in_constant_memory(exchange: Path) -> None:
    written = _write(exchange / "vars" / "next")
    assert (exchange / "vars" / "next").stat().st_size > 140e6
    to = {"scope": "workflow", "name": "next"}
    _run(exchange, "csv-to-json", {"variable": "next", "to": to})
    assert (exchange / "vars" / "next").stat().st_size > 200e6
    back = {"variable": "next", "columns": ["id", "text", "price", "note"], "to": to}
    _run(exchange, "json-to-csv", back)
    with (exchange / "vars" / "next").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == written
