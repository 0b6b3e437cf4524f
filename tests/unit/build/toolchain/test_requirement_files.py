"""The key of an author's packages: all that decides what pip installs, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.core.cache import digest
from build.toolchain.requirement_files import key_of


def _project(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "requirements.txt").write_text(text)
    return folder / "requirements.txt"


def test_text_alone_is_the_same_in_whatever_folder(tmp_path: Path) -> None:
    text = "--index-url https://index.example/simple\n-r https://page.example/more.txt\n-f https://page.example/\n"
    text += "idna==3.7 --hash=sha256:00\n"
    one, two = (_project(tmp_path / name, text) for name in ("one", "two"))
    two.with_name("keeper-1-py3-none-any.whl").touch()
    keys = {digest(key_of(each)) for each in (one, two)}
    assert len(keys) == 1
    assert digest(key_of(_project(tmp_path / "three", f"{text}tzdata\n"))) not in keys


@pytest.mark.parametrize("line", ["-r more.txt", "-cmore.txt", "--requirement=more.txt", "--constraint \\\n  more.txt"])
def test_files_that_it_names_count_with_those_that_they_name(tmp_path: Path, line: str) -> None:
    requirements = _project(tmp_path / "a", f"# -r other.txt\nidna  # with reasons\n{line}\n")
    (tmp_path / "a" / "more.txt").write_text("-r deeper/last.txt\n-r requirements.txt\n")
    last = _project(tmp_path / "a" / "deeper", "").with_name("last.txt")
    last.write_text("tzdata==1\n")
    before = digest(key_of(requirements))
    (tmp_path / "a" / "other.txt").touch()
    assert digest(key_of(requirements)) == before
    last.write_text("tzdata==2\n")
    assert digest(key_of(requirements)) != before


@pytest.mark.parametrize(
    "line", ["--find-links wheels", "-f wheels", "-f {folder}/wheels", "-f file://{folder}/wheels"]
)
def test_wheels_beside_it_count(tmp_path: Path, line: str) -> None:
    requirements = _project(tmp_path / "a", f"{line.format(folder=tmp_path / 'a')}\nkeeper\n")
    (tmp_path / "a" / "wheels").mkdir()
    wheel = tmp_path / "a" / "wheels" / "keeper-1-py3-none-any.whl"
    before = digest(key_of(requirements))
    wheel.write_text("one")
    one = digest(key_of(requirements))
    wheel.write_text("two")
    assert len({before, one, digest(key_of(requirements))}) == 3
    (tmp_path / "a" / "wheels" / "notes.txt").touch()
    wheel.write_text("one")
    assert digest(key_of(requirements)) == one


@pytest.mark.parametrize(
    "line",
    ["./keeper-1-py3-none-any.whl", "keeper-1-py3-none-any.whl",
     "./keeper-1-py3-none-any.whl[more] ; os_name == 'posix'",
     "keeper @ file://${{PLACE}}/keeper-1-py3-none-any.whl", "{folder}/keeper-1-py3-none-any.whl --hash=sha256:00"],
)  # fmt: skip
def test_a_wheel_that_it_names_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLACE", str(tmp_path))
    requirements = _project(tmp_path / "a", f"{line.format(folder=tmp_path)}\n")
    wheel = tmp_path / "keeper-1-py3-none-any.whl"
    wheel.write_text("one")
    before = digest(key_of(requirements))
    wheel.write_text("two")
    assert digest(key_of(requirements)) != before


@pytest.mark.parametrize("line", ["./source", "-e {folder}/source"])
def test_a_source_tree_that_it_names_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(tmp_path)
    requirements = _project(tmp_path / "a", f"{line.format(folder=tmp_path)}\n")
    module = _project(tmp_path / "source" / "keeper", "").with_name("__init__.py")
    module.touch()
    before = digest(key_of(requirements))
    _project(tmp_path / "source" / "build" / "lib", "")  # pip has installed it
    _project(tmp_path / "source" / "keeper.egg-info", "")
    _project(tmp_path / "source" / ".git", "")
    assert digest(key_of(requirements)) == before
    module.write_text("a = 1\n")
    assert digest(key_of(requirements)) != before


@pytest.mark.parametrize("line", ["-r", "-r missing.txt", "-f missing", "'", "./missing.whl", "idna", "-e missing"])
def test_what_pip_will_complain_of_is_left_to_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idna").mkdir()  # a folder of that name is no requirement
    (tmp_path / "idna" / "x.py").touch()
    requirements = _project(tmp_path / "a", f"{line}\n")
    assert key_of(requirements) == [requirements]


def test_a_file_that_is_missing_has_a_key(tmp_path: Path) -> None:
    """Whoever installs it says what is wrong."""
    assert key_of(tmp_path / "requirements.txt") == []
