"""Whatever a package brings along is found where the package looks for it, in the many ways that packages look."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run, Target
from tests.portable.bare import run_in
from tests.portable.sample import PRIVATE

_DATA = '{"from": "the package"}'

_LOOKS: dict[str, object] = {
    "by_path": [_DATA, "eins\n", "from", "zwei\n"],
    "in_c": [_DATA, len(_DATA), ["one.txt", "two.txt"], "FileNotFoundError ENOENT"],
    "stats": {
        "size": len(_DATA),
        "same": True,
        "kinds": [True, False, False, True],
        "exists": [True, False, False],
        "access": [True, False, False],
        "tool": True,
        "real": ["/fn-bundle/sample/data.json", "/fn-bundle/sample/data.json"],
    },
    "folders": {
        "scandir": {
            "data.db": False,
            "data.json": False,
            "libsample_late.so": False,
            "libsample_plain.so": False,
            "plugins": True,
            "texts": True,
            "tool": False,
        },
        "listdir": ["one.txt", "two.txt"],
        "walk": ["/fn-bundle/sample/texts/one.txt", "/fn-bundle/sample/texts/two.txt"],
        "glob": ["/fn-bundle/sample/texts/one.txt", "/fn-bundle/sample/texts/two.txt"],
        "root": True,
    },
    "refusals": [
        "OSError EROFS",
        "OSError EROFS",
        "FileExistsError EEXIST",
        "FileNotFoundError ENOENT",
        "IsADirectoryError EISDIR",
        "NotADirectoryError ENOTDIR",
        "FileNotFoundError ENOENT",
        "OSError EINVAL",
        "FileNotFoundError ENOENT",
        "OSError EROFS",
        "OSError EROFS",
        "FileExistsError EEXIST",
        "OSError EROFS",
        "OSError EXDEV",
        *["OSError EROFS"] * 6,
        "FileNotFoundError ENOENT",
        "OSError ENODATA",
    ],
    "copies": [
        _DATA,
        ["one.txt", "two.txt"],
        "eins\nmore",
        ["one.txt", "two.txt"],
    ],
    "with_resources": {
        "read": "zwei\n",
        "path": ["/fn-bundle/sample/texts/one.txt", "eins\n", 5],
        "names": ["one.txt", "two.txt"],
        "kinds": [True, True],
        "opened": _DATA,
        "pkgutil": "eins\n",
    },
    "libraries": {"plain": 2, "private": 1, "libc": 5, "find": ["libc.so.6", "libsample_plain.so"]},
    "late": [False, 3],
    "modules": {
        "iter": [["p.first", False], ["p.second", False]],
        "walk": ["sample._native", "sample.plugins", "sample.plugins.first", "sample.plugins.second"],
        "top": ["sample", "sample_space"],
        "namespace": "in a namespace",
    },
    "distribution": {
        "version": "1.2.3",
        "summary": "A sample",
        "requires": ["nothing; extra == 'more'"],
        "plugins": ["first: first plugin", "second: second plugin"],
        "others": ["orjson", "sample"],
        "missing": "No package metadata was found for no-such-package",
        "elsewhere": [],
    },
    "programs": {"cat": _DATA, "tool": f"tool:\n{_DATA}", "spawned": [0, 0], "environment": "LD_X=kept\n"},
    "in_libraries": [[["a row"]], '{"from"'],
    "of_the_machine": ["opened", "äö"],
    "together": [[_DATA], 400, True],
}


@pytest.mark.parametrize("look", _LOOKS)
def test_what_is_carried_is_there(sample: Target, run: Run, look: str) -> None:
    result = run(sample, given={"look": look})
    result.assert_announced()
    assert result.error is None, result.log
    assert json.loads(result.output or b"") == _LOOKS[look]


def test_in_an_empty_root(sample: Target, root: Path) -> None:
    """What libraries take from a machine is in the file, and leaves nothing in the exchange."""
    exchange = root / "direktiv-data"
    (exchange / "input.json").write_text(json.dumps({"look": "of_the_machine"}))
    shutil.copy(sample.command[0], root / "fn")
    (root / "proc").mkdir()
    run_in(root, environment={"FN_DATA_DIR": "/direktiv-data"})
    assert not (exchange / "error.json").exists(), (exchange / "error.json").read_text()
    assert json.loads((exchange / "output.json").read_bytes()) == _LOOKS["of_the_machine"]
    assert {path.name for path in exchange.iterdir()} == {"input.json", "out.log", "output.json", "done"}


def test_libraries_are_loaded_when_they_are_needed(sample: Target, run: Run) -> None:
    result = run(sample, given={"look": "lazily"})
    found = json.loads(result.output or b"{}")
    assert found["before"] == []
    assert found["answer"] == 1
    assert sorted(found["after"]) == sorted([found["file"], f"/fn-bundle/sample.libs/{PRIVATE}"])
    assert found["file"].startswith("/fn-bundle/sample/_native.")
