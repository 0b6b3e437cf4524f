"""Files beside a handler, data and metadata of packages: the same from source, warm, cold and in a portable file."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import Run, Target
from tests.portable.bare import run_in
from tests.seccomp import hide_from

_MEMFD_CREATE = 319  # asm/unistd_64.h

_LOOKS: dict[str, object] = {
    "beside": [
        "beside the handler\n",
        "eins\n",
        ["one.txt", "two.txt"],
        ["note.txt", "texts/one.txt", "texts/two.txt"],
    ],
    "by_path": ["metre\n", "tre\n", "met", 6],
    "stats": {
        "size": 6,
        "kinds": [True, False, True, False],
        "exists": [True, False, True],
        "access": [True, True],
        "same": True,
        "real": True,
    },
    "folders": {
        "scandir": {"deep": [True, True], "units.txt": [False, True]},
        "listdir": ["deep", "units.txt"],
        "walk": ["data", "data/deep", "data/deep/er"],
    },
    "copies": ["metre\n", ["last.txt"]],
    "mapped": "metre\n",
    "in_c": ["NO_CERTIFICATE_OR_CRL_FOUND", "file is not a database"],
    "with_resources": {
        "read": "metre\n",
        "file": "metre\n",
        "folder": ["deep", "units.txt"],
        "names": ["deep", "units.txt"],
        "kinds": [True, True, False],
        "pkgutil": "metre\n",
        "own": "beside the handler\n",
        "text": True,
    },
    "certificates": [260_000, []],
    "distribution": {
        "version": ["1.4", "1.4"],
        "summary": "Looks",
        "requires": ["idna; extra == 'more'"],
        "plugins": ["units ['lookat_ext.private', 'lookat_ext.public']"],
        "all": ["Look-At"],
        "packages": ["Look-At"],
        "text": ["lookat", "lookat_ext"],
        "missing": "PackageNotFoundError",
    },
    "iterated": [["lookat_ext.private", "lookat_ext.public"], ["registry"], ["a", "b"]],
    "own_program": ["script.py script.py beside the script word\n", ""],
    "as_installed": {
        "gone": ["FileNotFoundError"],
        "in_c": "FileNotFoundError",
        "strict": "look.py",
        "root": [True, ["note.txt"]],
        "zipped": "PK",
        "effective": True,
    },
    "refusals": ["FileNotFoundError", "NotADirectoryError", "IsADirectoryError", "FileNotFoundError"],
}


_IN_AN_EMPTY_ROOT = {
    **_LOOKS,
    "machine": {
        "random": [True, True],
        "null": [7, ""],
        "user": ["fn", True, True],
        "home": ["/", "/x"],
        "nobody": "KeyError",
    },
}


@pytest.mark.parametrize("look", [*_LOOKS, "programs"])
@pytest.mark.parametrize("name", ["source", "cold", "warm", "portable"])
def test_what_a_file_carries_is_there(looks: Mapping[str, Target], run: Run, name: str, look: str) -> None:
    result = run(looks[name], given={"look": look})
    result.assert_announced()
    assert result.error is None, result.log
    expected = {**_LOOKS, "programs": ["metre\n", "tool:\nmetre\n"]}[look]
    assert json.loads(result.output or b"") == expected


@pytest.mark.parametrize("name", ["source", "cold", "warm", "portable"])
def test_what_differs(looks: Mapping[str, Target], run: Run, name: str) -> None:
    """docs/differences.md."""
    result = run(looks[name], given={"look": "own_symbols"})
    found = "AttributeError" if name in ("cold", "warm") else "nothing"
    assert json.loads(result.output or b"") == [found, found]
    for path in result.exchange.iterdir():
        path.unlink()
    result = run(looks[name], given={"look": "paths_of_modules"})
    assert json.loads(result.output or b"") == [True, name == "source", name == "source"]


@pytest.mark.parametrize("look", ["beside", "by_path", "mapped", "in_c"])
@pytest.mark.parametrize("name", ["cold", "warm"])
def test_without_files_in_memory(looks: Mapping[str, Target], run: Run, name: str, look: str) -> None:
    """As on a kernel before memfd_create(2): what is opened lies in a folder without a name."""
    result = run(looks[name], given={"look": look}, preexec_fn=hide_from(_MEMFD_CREATE))
    result.assert_announced()
    assert result.error is None, result.log
    assert json.loads(result.output or b"") == _LOOKS[look]


_CAT = """
#include <fcntl.h>
#include <unistd.h>
int main(int count, char **words)
{
    char bytes[64];
    int fd = count == 2 ? open(words[1], O_RDONLY) : -1;
    ssize_t length = read(fd, bytes, sizeof bytes);
    return length < 0 || write(1, bytes, (size_t)length) != length;
}
"""


@pytest.mark.parametrize("name", ["cold", "warm", "portable"])
def test_in_an_empty_root(looks: Mapping[str, Target], tmp_path: Path, name: str) -> None:
    """Read-only, without /proc and /tmp, by a user whom nobody knows."""
    root = tmp_path / "root"
    exchange = root / "direktiv-data"
    exchange.mkdir(parents=True)
    for folder in (root, *root.parents[:3]):
        folder.chmod(0o755)
    exchange.chmod(0o777)
    shutil.copy(looks[name].command[0], root / "fn")
    subprocess.run(["gcc", "-static", "-x", "c", "-", "-o", root / "cat"], input=_CAT, text=True, check=True)
    for look, expected in {**_IN_AN_EMPTY_ROOT, "handed": ["metre\n", "OSError"]}.items():
        for left in exchange.iterdir():
            left.unlink()
        (exchange / "input.json").write_text(json.dumps({"look": look}))
        environment = {**looks[name].environment, "FN_DATA_DIR": "/direktiv-data"}
        run_in(root, environment=environment)
        assert not (exchange / "error.json").exists(), (look, (exchange / "out.log").read_text())
        assert json.loads((exchange / "output.json").read_bytes()) == expected, look
        assert {path.name for path in exchange.iterdir()} == {"input.json", "out.log", "output.json", "done"}
