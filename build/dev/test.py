"""Run checks and tests, of the repository or of handlers alone. Build first what they need."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from py_compile import PycInvalidationMode

from build.analysis.staging.source_tree import staged
from build.core.cache import digest
from build.core.console import step
from build.core.errors import BuildError
from build.core.paths import CACHE, HANDLERS, ROOT, found_tests, test_files, tests_of
from build.core.process import run
from build.lint.runner import check
from build.pipeline import build_file
from build.toolchain.debian import require_packages
from build.toolchain.environment import later_packages

TEST_FILE = CACHE / "tests" / "fn"
PORTABLE_FILE = CACHE / "tests" / "fn-portable"
PACKAGES = [
    "valgrind", "strace", "util-linux", "libc6-dev", "file", "openssl", "qemu-user-static", "faketime", "mmdebstrap",
    "nginx-light",
]  # fmt: skip
PACKAGES += ["docker.io", "runc", "crun", "bubblewrap", "musl", "busybox-static"]  # tests/container

# Most tests wait for something: several processes share them (tests/workers.py).
WORKERS = ["-p", "tests.workers", f"--numprocesses={3 * (os.cpu_count() or 1)}", "--dist=loadscope"]
WORKERS += ["--no-loadscope-reorder"]
ALONE = ["-m", "alone"]
QUICK = ["tests/unit", "tests/contract", "tests/faults", "tests/catalogue", "tests/test_echo.py", "tests/test_greet.py"]
_BOTH_WAYS = ROOT / "tests" / "catalogue"  # its cases run in process and in the file by themselves
_SLOWEST = "--durations=15"
# Bytes that a whole run writes, at its peak: packages, systems and images for containers, files, folders of tests.
_ROOM = 12 * 10**9


def test_quickly() -> int:
    """Run the quick part, which needs no other package; it says what it leaves out (tests/quick.py)."""
    _checked(TEST_FILE)
    environment = {**os.environ, "FN_TEST_FILE": str(TEST_FILE), "PYTHONPATH": str(ROOT)}
    return _by_workers(["-p", "tests.quick", *QUICK], environment)


def test(pytest_args: Sequence[str]) -> int:
    """Run everything, or what these arguments ask pytest for; raise BuildError if a check finds something."""
    if not pytest_args:
        _require_room(ROOT, Path(tempfile.gettempdir()))
    is_root = os.geteuid() == 0
    _install("packages", later_packages() if is_root else [*later_packages(), *PACKAGES])  # said at once to others
    with ThreadPoolExecutor(1) as beside:  # apt mostly waits, for servers and disks
        packages = beside.submit(_install, "of tests", PACKAGES)
        _checked(ROOT / "dist" / "fn", TEST_FILE, PORTABLE_FILE, tests=not pytest_args)
        packages.result()
    files = {"FN_TEST_FILE": str(TEST_FILE), "FN_TEST_PORTABLE_FILE": str(PORTABLE_FILE)}
    environment = {**os.environ, **files, "PYTHONPATH": str(ROOT)}
    if pytest_args:
        return _pytest([_SLOWEST, *pytest_args], ROOT, environment)
    found = {path for module in HANDLERS.glob("[!_]*") for path in found_tests(HANDLERS, module.stem)}
    own = [str(path) for path in found if _BOTH_WAYS not in path.parents]
    own_tests = [f"--fn-file={ROOT / 'dist' / 'fn'}", *sorted(own)]
    # Each part runs, whatever the others find.
    statuses = [_by_workers(["-m", "not alone"], environment)]
    statuses += [_pytest([_SLOWEST, *part], ROOT, environment) for part in ([*ALONE, *_with_alone()], own_tests)]
    return max(map(abs, statuses))


def _with_alone() -> list[str]:
    """Return the files with tests that run alone: to collect all others takes seconds."""
    return sorted(str(path) for path in (ROOT / "tests").rglob("test_*.py") if "mark.alone" in path.read_text())


def test_packages(pytest_args: Sequence[str]) -> int:
    """Build and run packages that people use, each alone, and write what is found into docs/packages.md."""
    command = [sys.executable, "-m", "tests.packages", *pytest_args]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def test_debian_13(pytest_args: Sequence[str]) -> int:
    """Run the groups of tests that have to do with the system, or what these arguments ask pytest for, on Debian 13."""
    command = [sys.executable, "-m", "tests.debian_13", *pytest_args]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def test_handlers(handlers: Path, requirements: Path | None, names: Sequence[str], pytest_args: Sequence[str]) -> int:
    """Run the tests of handlers, in process and then against the file: of the named ones, or of all."""
    tests = tests_of(handlers)
    chosen = [str(path) for name in names for path in test_files(handlers, name)] or [str(tests)]
    if not tests.is_dir():
        raise BuildError(f"there are no tests: {tests} is not a folder", "python3 build new NAME makes the first")
    check(handlers, requirements, names)
    with staged(handlers, requirements) as source:
        plugin = [] if handlers == HANDLERS else ["-p", "entry.testing.pytest_plugin"]
        status = _pytest([*plugin, *chosen, *pytest_args], handlers.parent, source.environment)
        if status:
            return status
        file = build_file(handlers, requirements, file_of(handlers, requirements))
        return _pytest([*plugin, f"--fn-file={file}", *chosen, *pytest_args], handlers.parent, source.environment)


def file_of(handlers: Path, requirements: Path | None) -> Path:
    """Return where the file lies that handlers are tested in: another one for each other repository."""
    if handlers == HANDLERS:
        return ROOT / "dist" / "fn"
    return CACHE / "tests" / f"fn-of-others-{digest([str(handlers), str(requirements)])[:16]}"


def _require_room(*folders: Path) -> None:
    """Say what a whole run writes; raise BuildError if one of the folders, of the cache and of tests, has less room."""
    with step("disk") as line:
        for folder in folders:
            if (free := shutil.disk_usage(folder).free) < _ROOM:
                raise BuildError(
                    f"all tests write up to {_ROOM // 10**9} GB, and {folder} has room for {free // 10**9}",
                    "make room (python3 build clean removes what was built), set TMPDIR, or run some: "
                    "python3 build test tests/FOLDER",
                )
        line.note(f"all tests write up to {_ROOM // 10**9} GB")


def _install(name: str, packages: Sequence[str]) -> None:
    with step(name) as line:
        installed = require_packages(packages)
        line.note(", ".join(installed) or "cached")


def _checked(*files: Path, tests: bool = False) -> None:
    """Check the sources, and build these files while the types are checked, and `tests` compiled."""
    _check("lint", "ruff", "check")
    _check("format", "ruff", "format", "--check")
    check(HANDLERS, None, [])
    with ThreadPoolExecutor(1) as beside:
        types = beside.submit(_check, "types", "mypy")
        compiled = beside.submit(_compile_tests) if tests else None
        for file in files:
            handlers = ROOT / "tests" / "handlers" if file.is_relative_to(CACHE) else HANDLERS
            build_file(handlers, None, file, link="portable" if file == PORTABLE_FILE else "auto")
        types.result()
        if compiled:
            compiled.result()
    _keep_bytecode()


def _keep_bytecode() -> None:
    """Compile what tests start hundreds of times: the build, and runs from source. Neither writes byte code itself."""
    for name in ("build", "entry"):  # whose sources are compared, not their times
        compileall.compile_dir(ROOT / name, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)


def _compile_tests() -> None:
    """Have pytest keep the byte code of all tests: else each of the workers would compile them, at the same time."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    _check("tests", "pytest", "--collect-only", "-q", environment={**environment, "PYTHONPATH": str(ROOT)})


def _by_workers(pytest_args: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run tests in a folder that other users can reach: each pytest that a test starts would close pytest's own."""
    with tempfile.TemporaryDirectory(prefix="fn-tests-") as folder:
        Path(folder).chmod(0o755)
        return _pytest([*WORKERS, f"--basetemp={folder}/all", _SLOWEST, *pytest_args], ROOT, environment)


def _pytest(pytest_args: Sequence[str], directory: Path, environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *pytest_args]
    return subprocess.run(command, cwd=directory, env=environment, check=False).returncode


def _check(name: str, *args: str | Path, environment: Mapping[str, str] | None = None) -> None:
    with step(name) as line:
        try:
            found = run([sys.executable, "-m", *args], cwd=ROOT, environment=environment, what=name)
        except BuildError as error:
            raise BuildError(f"{name}: something was found", error.advice) from None
        line.note(found.strip().splitlines()[-1])
