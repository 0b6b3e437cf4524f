"""What `python3 build` says about packages that it cannot have: the cause and the next step. Uses no index."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

_AARCH64 = 183  # e_machine


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    made = tmp_path / "wheels"
    made.mkdir()
    return made


def _wheel(folder: Path, name: str, tag: str, files: dict[str, bytes]) -> Path:
    made = folder / f"{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        about = f"{name}-1.0.dist-info"
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        archive.writestr(f"{about}/RECORD", "")
    return made


def _source(folder: Path, name: str) -> None:
    """A source distribution that would fail loudly if any of its code were run."""
    with tarfile.open(folder / f"{name}-1.0.tar.gz", "w:gz") as archive:
        for path, text in {
            "setup.py": "raise SystemExit('code of a source distribution was run')\n",
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        }.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


def _build(tmp_path: Path, wheels: Path, requirement: str, handler: str = "def f(data): return 1\n") -> str:
    """What a build that must fail has said."""
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "one.py").write_text(f"from entry import handler\n\n\n@handler('one')\n{handler}")
    (tmp_path / "requirements.txt").write_text(f"--no-index\n--find-links {wheels}\n{requirement}\n")
    words: list[str | Path] = ["--handlers", tmp_path / "handlers", "--requirements", tmp_path / "requirements.txt"]
    command = [sys.executable, ROOT / "build", *words, "--output", tmp_path / "fn"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    said: str = built.stdout + built.stderr
    assert built.returncode == 1, said
    assert not (tmp_path / "fn").exists()
    assert "Traceback" not in said
    return said


def test_only_a_source_distribution(tmp_path: Path, wheels: Path) -> None:
    _source(wheels, "only_source")
    said = _build(tmp_path, wheels, "only-source")
    assert "only-source: there is only its source (only_source-1.0.tar.gz), and no wheel for Python 3." in said
    assert "-m pip wheel --no-deps --wheel-dir wheels 'only-source'" in said
    assert "code of a source distribution" not in said


def test_only_wheels_for_other_machines(tmp_path: Path, wheels: Path) -> None:
    for tag in ("cp311-cp311-macosx_11_0_arm64", "cp27-cp27m-manylinux1_x86_64"):
        _wheel(wheels, "elsewhere", tag, {"elsewhere.py": b""})
    said = _build(tmp_path, wheels, "elsewhere>=1")
    assert "elsewhere>=1: its wheels are for other machines, none is for Python 3." in said
    assert "elsewhere-1.0-cp311-cp311-macosx_11_0_arm64.whl" in said
    assert "choose a version that has one" in said


def test_a_wheel_for_another_machine_by_its_name(tmp_path: Path, wheels: Path) -> None:
    wheel = _wheel(wheels, "elsewhere", "cp311-cp311-win_amd64", {"elsewhere.py": b""})
    said = _build(tmp_path, wheels, str(wheel))
    assert f"{wheel.name} is a wheel for another machine, not for Python 3." in said


def test_no_such_version(tmp_path: Path, wheels: Path) -> None:
    _wheel(wheels, "known", "py3-none-any", {"known.py": b""})
    said = _build(tmp_path, wheels, "known==2")
    assert "requirement known==2 (from versions: 1.0)" in said


def test_a_shared_object_for_another_machine(tmp_path: Path, wheels: Path) -> None:
    """A wheel that claims to be for any machine, and is not."""
    content = bytearray(64)
    content[:6] = b"\x7fELF\x02\x01"
    content[18] = _AARCH64
    _wheel(wheels, "lying", "py3-none-any", {"lying/__init__.py": b"", "lying/_native.abi3.so": bytes(content)})
    handler = "def f(data):\n    from lying import _native\n    return 1\n"
    said = _build(tmp_path, wheels, "lying", handler)
    assert "lying/_native.abi3.so: for AArch64" in said
    assert "wheels for x86-64 Linux" in said


def test_a_missing_library(tmp_path: Path, wheels: Path) -> None:
    """An extension module that is linked with a library which only the machine had that it was made on."""
    made = tmp_path / "made"
    made.mkdir()
    (made / "gone.c").write_text("int gone(void) { return 1; }\n")
    (made / "module.c").write_text("extern int gone(void);\nint PyInit__native(void) { return gone(); }\n")
    library, module = made / "libgone-1.so", made / "_native.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-soname=libgone-1.so", made / "gone.c", "-o", library], check=True)
    subprocess.run(["gcc", "-shared", "-fPIC", made / "module.c", library, "-o", module], check=True)
    library.unlink()
    files = {"lacking/__init__.py": b"", "lacking/_native.abi3.so": module.read_bytes()}
    _wheel(wheels, "lacking", "py3-none-any", files)
    handler = "def f(data):\n    from lacking import _native\n    return 1\n"
    said = _build(tmp_path, wheels, "lacking", handler)
    assert "these shared libraries are not on this machine:" in said
    assert "libgone-1.so, needed by lacking/_native.abi3.so" in said
    assert "install the packages that hold them" in said
