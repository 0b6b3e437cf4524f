"""`python3 build lambda`: the zip as Lambda unpacks it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from build.container.lambda_zip import write_zip
from entry.testing import Lambda
from tests.conftest import ROOT


def _made(folder: Path) -> tuple[Path, str]:
    target = folder / "lambda.zip"
    command = [
        sys.executable,
        str(ROOT / "build"),
        "lambda",
        "--handlers",
        str(folder / "handlers"),
        "--output",
        str(target),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return target, done.stdout


def test_two_builds_are_equal_and_run(tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "shout.py").write_text(
        "from entry import handler\n\n\n@handler\ndef shout(data):\n    return data.upper()\n"
    )
    target, said = _made(tmp_path)
    first = target.read_bytes()
    assert "lambda.zip: " in said.splitlines()[-1]
    assert " MB unpacked" in said.splitlines()[-1]
    target.unlink()
    assert _made(tmp_path)[0].read_bytes() == first
    with zipfile.ZipFile(target) as archive:
        (entry,) = archive.infolist()
        assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o100755)
        archive.extractall(tmp_path)
    (tmp_path / "bootstrap").chmod(0o755)
    with Lambda([tmp_path / "bootstrap"], "shout", timeout=60) as function:
        assert function.invoke("ada").value == "ADA"
        assert function.warnings == []


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "fn").write_bytes(b"x" * 100_000)
    for name in ("one.zip", "two.zip"):
        write_zip(tmp_path / "fn", tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
