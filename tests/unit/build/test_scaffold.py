"""What `python3 build new` does to a list as people write it, and what it leaves behind when it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.core.errors import BuildError
from build.dev.scaffold import new

_TABLE = "| handler | what |\n|---|---|\n| `greet` | Greets. |"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_TABLE, f"{_TABLE}\n| `shout` | Says hello. |\n"),
        (f"{_TABLE}\n", f"{_TABLE}\n| `shout` | Says hello. |\n"),
        (
            _TABLE.replace("greet", "tell"),
            "| handler | what |\n|---|---|\n| `shout` | Says hello. |\n| `tell` | Greets. |\n",
        ),
        ("", "| `shout` | Says hello. |\n"),
    ],
    ids=["no end of line", "an end of line", "the last", "nothing"],
)
def test_a_row_has_a_line_of_its_own(before: str, after: str, tmp_path: Path) -> None:
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    (handlers / "README.md").write_text(before)
    new("shout", handlers)
    assert (handlers / "README.md").read_text() == after


def test_a_list_of_any_bytes_stays_what_it_is(tmp_path: Path) -> None:
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    (handlers / "README.md").write_bytes(b"caf\xe9\n|---|\n")
    new("shout", handlers)
    assert (handlers / "README.md").read_bytes() == b"caf\xe9\n|---|\n| `shout` | Says hello. |\n"


def test_a_failure_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(self: Path, _: Path) -> None:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(BuildError, match="No space left") as raised:
        new("shout", tmp_path / "handlers")
    assert raised.value.advice == "nothing was left behind"
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_folder_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "tests").touch()
    with pytest.raises(BuildError, match="tests: File exists"):
        new("shout", tmp_path / "handlers")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["handlers", "tests"]
