"""Make or find each program that the bench compares. To add one, add a Program. Measure nothing.

Each is put in place by one whole write, as the build does with its file: Linux may then keep it in large pages.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from build.bench.starts.program import Program
from build.core.cache import digest
from build.core.console import step
from build.core.paths import CACHE, HANDLERS, ROOT, module_name
from build.core.process import run
from build.finished import put_in_place
from build.link.source import from_source
from build.pipeline import build_file
from build.toolchain.environment import PYTHON, VENV

WARM, COLD, PORTABLE, PORTABLE_COLD = "fn, warm", "fn, cold", "fn, portable", "fn, portable, cold"
SOURCE, ONEDIR, ONEFILE = "source in a virtual environment", "PyInstaller onedir", "PyInstaller onefile"
TRUE, GO = "static C, does nothing", "static Go"

FOLDER = CACHE / "bench"
STAGE = FOLDER / "stage"  # the handlers of all files, and entry/ beside them
_BENCH = Path(__file__).parents[1]
_TRUE = "int main(void) { return 0; }\n"
_STOCK = "import sys\nfrom entry.runtime.source import main\n\nsys.exit(main())\n"


def make_programs() -> list[Program]:
    """Return all rows, in the order of the tables; raise BuildError if one cannot be made."""
    file = make_ours()
    portable = build_file(STAGE / "handlers", None, FOLDER / "fn-portable", link="portable")
    onedir, onefile = (_pyinstaller(kind) for kind in ("onedir", "onefile"))
    python = f"/usr/bin/{PYTHON}" if PYTHON else sys.executable
    go = [_BENCH / "peers" / "lifecycle.go"] if shutil.which("go") else []
    found = [
        Program(TRUE, [_static_true()], leaves=()),
        *(Program(GO, [compile_go(source)], handlers=("greet",)) for source in go),
        Program(WARM, [file]),
        Program(COLD, [file], {"FN_COLD": "1"}),
        Program(PORTABLE, [portable]),
        Program(PORTABLE_COLD, [portable], {"FN_COLD": "1"}),
        Program(f"{Path(python).name} without site, does nothing", [python, "-I", "-S", "-c", "pass"], leaves=()),
        Program(SOURCE, from_source(VENV / "bin" / "python", "-P", "-m", "entry"), {"PYTHONPATH": str(STAGE)}),
        Program(ONEDIR, from_source(onedir / "fn"), ships=onedir),
        Program(ONEFILE, from_source(onefile / "fn"), _unpacks_into_memory(), ships=onefile),
    ]
    if not go:
        print("  no row for Go: its compiler is not installed (Debian: golang-go)", flush=True)
    return found


def make_ours() -> Path:
    """Return the file of the bench's handlers, linked as files are by default."""
    _stage()
    return build_file(STAGE / "handlers", None, FOLDER / "fn")


def make_registry(count: int) -> Path:
    """Return a file of as many handlers, each the same as `greet`."""
    folder = FOLDER / f"registry-{count}" / "handlers"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    text = (HANDLERS / "greet.py").read_text()
    for number in range(count):
        name = f"greet{number}" if number else "greet"
        (folder / f"{name}.py").write_text(text.replace("def greet(", f"def {name}("))
    return build_file(folder, None, folder.parent / "fn")


def put_in_place_again(program: Program) -> None:
    """Bring two files into the same state in memory: pages that were not used for minutes may have left it."""
    path = Path(program.command[0])
    if path.is_relative_to(FOLDER) and not program.runtime:
        put_in_place(path, path, mode=path.stat().st_mode)


def write_script(text: str) -> Path:
    """Return a script for the interpreter of the virtual environment."""
    path = FOLDER / "script.py"
    path.write_text(text)
    return path


def _stage() -> None:
    """Copy the handlers of this repository and those of the bench, and entry/ beside them."""
    shutil.rmtree(STAGE, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HANDLERS, STAGE / "handlers", ignore=ignore)
    shutil.copytree(_BENCH / "handlers", STAGE / "handlers", ignore=ignore, dirs_exist_ok=True)
    (STAGE / "entry").symlink_to(ROOT / "entry")


def _static_true() -> Path:
    (FOLDER / "true.c").write_text(_TRUE)
    made = FOLDER / "true.linked"
    run(["gcc", "-O2", "-static", "-o", made, FOLDER / "true.c"], what="compiling the C program")
    return _placed(made)


def compile_go(source: Path) -> Path:
    """Return a static program, compiled from one file."""
    made = FOLDER / f"go-{source.stem}.linked"
    environment = {**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off", "GOCACHE": str(FOLDER / "go-cache")}
    with step("go") as line:
        run(["go", "build", "-o", made, source], environment=environment, what="compiling the Go program")
        line.note(run(["go", "version"], what="go version").removeprefix("go version ").strip())
    return _placed(made)


def _placed(made: Path) -> Path:
    target = made.with_suffix("")
    put_in_place(made, target, mode=0o755)
    return target


def _pyinstaller(kind: str) -> Path:
    """Return the folder with the same lifecycle and handlers, packed by PyInstaller with its default options.

    Handlers are imported by name, so they are named to it; all else its analysis finds.
    """
    target = FOLDER / digest([ROOT / "entry", STAGE / "handlers", _STOCK, sys.version])[:16] / kind
    with step(kind) as line:
        if (target / "made").exists():
            line.note("cached")
            return target / "fn"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        (target / "start.py").write_text(_STOCK)
        argv = ["-m", "PyInstaller", f"--{kind}", "--name", "fn", "--noconfirm", "--log-level", "WARN"]
        argv += ["--paths", str(STAGE), "--workpath", str(target / "work"), "--specpath", str(target / "work")]
        argv += ["--distpath", str(target / "fn" if kind == "onefile" else target), str(target / "start.py")]
        for path in sorted((STAGE / "handlers").rglob("*.py")):
            argv += ["--hidden-import", module_name(path.relative_to(STAGE))]
        environment = {**os.environ, "PYTHONPATH": str(STAGE)}
        run([sys.executable, *argv], cwd=target, environment=environment, what=f"PyInstaller --{kind}")
        for path in (target / "fn").rglob("*"):
            if path.is_file() and not path.is_symlink():
                put_in_place(path, path, mode=path.stat().st_mode)
        (target / "made").touch()
    return target / "fn"


def _unpacks_into_memory() -> Mapping[str, str]:
    """Return variables that have onefile unpack into memory, if it can.

    On ext4, all programs are slow for seconds after so many files were removed.
    """
    memory = Path("/dev/shm")  # noqa: S108
    can = memory.is_dir() and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    return {"TMPDIR": str(memory)} if can else {}
