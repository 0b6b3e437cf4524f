"""The key of a finished file in the cache: what takes part in making it counts, and nothing else does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from build.core.cache import digest, files_below
from build.finished import builder_sources
from tests.conftest import ROOT
from tests.unit.repository.test_layers import imports, modules


def test_whatever_the_build_imports_counts() -> None:
    known = {**modules("build"), **modules("entry")}
    spec = ROOT / "build" / "analysis" / "fn.spec"
    reached, waiting = {spec}, [("build.analysis.fn", spec), ("build.pipeline", known["build.pipeline"])]
    while waiting:
        for name in imports(*waiting.pop(), set(known), everywhere=True):
            if known[name] not in reached:
                reached.add(known[name])
                waiting.append((name, known[name]))
    initial = {ROOT / "build" / "__init__.py"}  # a docstring
    assert reached - initial - set(builder_sources()) == set()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    for name in ("build", "entry"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def _key_after(copy: Path, name: str) -> tuple[str, str]:
    """The keys before and after a line was added to a file."""
    file = copy / name
    before, content = digest(builder_sources(copy)), file.read_text()
    file.write_text(f"{content}\n")
    after = digest(builder_sources(copy))
    file.write_text(content)
    return before, after


@pytest.mark.parametrize(
    "name",
    ["build/bench/starts/times.py", "build/lint/runner.py", "build/dev/test.py", "build/cli/parser.py",
     "build/README.md", "build/container/oci.py", "build/boot/README.md", "entry/README.md",
     "entry/testing/emulators/sidecar.py"],
)  # fmt: skip
def test_a_comment_there_makes_no_file_anew(copy: Path, name: str) -> None:
    before, after = _key_after(copy, name)
    assert before == after


@pytest.mark.parametrize(
    "name",
    ["build/analysis/fn.spec", "build/analysis/staging/import_probe.py", "build/boot/supervisor/start.S",
     "build/boot/shared/report.h", "build/core/paths.py",
     "build/toolchain/pins.txt", "build/pipeline.py", "entry/runtime/app.py"],
)  # fmt: skip
def test_a_change_there_does(copy: Path, name: str) -> None:
    before, after = _key_after(copy, name)
    assert before != after


def test_byte_code_does_not_count(copy: Path) -> None:
    """Python writes it beside its place, and renames it: a build may find that name, and no such file when it reads."""
    before = digest(builder_sources(copy))
    folder = copy / "build" / "core" / "__pycache__"
    folder.mkdir()
    for name in ("paths.cpython-311.pyc", "paths.cpython-311.pyc.140214011"):
        (folder / name).symlink_to("/proc/self/stat")  # which differs each time
    assert digest(builder_sources(copy)) == before
    shutil.rmtree(folder)


def test_a_file_that_moves_counts(copy: Path) -> None:
    before = digest(builder_sources(copy))
    file = copy / "build" / "boot" / "shared" / "clock.c"
    moved = file.rename(copy / "build" / "boot" / "interpreter" / "clock.c")
    assert digest(builder_sources(copy)) != before
    moved.rename(file)


def test_what_a_link_leads_to_counts(tmp_path: Path) -> None:
    """A copy of the handlers has it, too."""
    shared, handlers = tmp_path / "shared", tmp_path / "handlers"
    (shared / "deeper").mkdir(parents=True)
    handlers.mkdir()
    (handlers / "linked").symlink_to(shared)
    before = digest([handlers])
    (shared / "deeper" / "x.py").write_text("1")
    with_file = digest([handlers])
    (shared / "deeper" / "x.py").write_text("2")
    assert len({before, with_file, digest([handlers])}) == 3
    (shared / "deeper" / "__pycache__").mkdir()
    (shared / "deeper" / "__pycache__" / "x.pyc").touch()
    (shared / "deeper" / "x.py").write_text("1")
    assert digest([handlers]) == with_file


def test_links_in_circles_end(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").touch()
        (tmp_path / name / "here").symlink_to(".")
        (tmp_path / name / "other").symlink_to(tmp_path / other)
    places = [str(path.relative_to(tmp_path)) for path in files_below(tmp_path)]
    assert places == ["a/a.py", "a/other/b.py", "b/b.py", "b/other/a.py"]
