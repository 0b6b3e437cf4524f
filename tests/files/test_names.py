"""Names of users, groups, hosts and services, where /etc/nsswitch.conf lists sources that a file has not.

libc would open their shared objects, which are made for the machine's libc: that ends a process of another. Needs root
and mounts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import Run, Target
from tests.portable.bare import run_in

_UNKNOWN = ["~missing", *["KeyError"] * 4, *["OSError"] * 3, *["gaierror"] * 3, True, True]
_ETC = {
    "nsswitch.conf": "passwd: files systemd\ngroup: systemd files\ninitgroups: files systemd\n"
    "hosts: files mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns\nservices: db files\n"
    "protocols: db files\n",
    "passwd": "root:x:0:0::/root:/bin/sh\nada:x:7:7::/home/ada:/bin/sh\n",
    "group": "root:x:0:\nstaff:x:50:ada\n",
    "hosts": "10.1.2.3 db\n",
    "services": "fnd 4242/tcp\n",
    "protocols": "fnp 242 FNP\n",
}
_KNOWN = {
    "users": [["root", "ada"], 7, "/home/ada/x"],
    "groups": [["root", "staff"], 50, [7, 50]],
    "hosts": ["10.1.2.3", ["10.1.2.3", 4242], "db", ["db", "fnd"]],
    "services": [4242, "fnd", 242],
}
# Whoever opens it ends.
_SOURCE = """\
__attribute__((constructor)) static void end(void)
{
    __asm__ volatile("syscall" : : "a"(231L), "D"(99L) : "rcx", "r11");
}
"""
_SOURCES_OF_NAMES = ["systemd", "mdns4_minimal", "resolve", "db"]


@pytest.mark.parametrize("name", ["source", "cold", "warm", "portable"])
def test_what_nobody_knows(looks: Mapping[str, Target], run: Run, name: str) -> None:
    """On this machine, whatever it lists."""
    result = run(looks[name], given={"look": "no_names"})
    result.assert_announced()
    assert result.error is None, (result.error, result.log)
    assert json.loads(result.output or b"") == _UNKNOWN


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with these files, and with what they list, made for no libc of a file."""
    made = tmp_path / "root"
    for folder in ("direktiv-data", "etc", "lib/x86_64-linux-gnu"):
        (made / folder).mkdir(parents=True)
    (made / "direktiv-data").chmod(0o777)
    for parent in (made, *made.parents[:3]):
        parent.chmod(0o755)
    for name, text in _ETC.items():
        (made / "etc" / name).write_text(text)
    source, module = tmp_path / "module.c", tmp_path / "module.so"
    source.write_text(_SOURCE)
    subprocess.run(["gcc", "-shared", "-fPIC", "-nostdlib", source, "-o", module], check=True)
    for each in _SOURCES_OF_NAMES:
        shutil.copy(module, made / "lib" / "x86_64-linux-gnu" / f"libnss_{each}.so.2")
    return made


@pytest.mark.parametrize(("look", "expected"), [("names", _KNOWN), ("no_names", _UNKNOWN)])
@pytest.mark.parametrize("name", ["cold", "warm", "portable"])
def test_sources_that_a_file_has_not(
    looks: Mapping[str, Target], root: Path, name: str, look: str, expected: object
) -> None:
    shutil.copy(looks[name].command[0], root / "fn")
    exchange = root / "direktiv-data"
    (exchange / "input.json").write_text(json.dumps({"look": look}))
    run_in(root, environment=looks[name].environment)
    assert (exchange / "output.json").exists(), (exchange / "error.json").read_text()
    assert json.loads((exchange / "output.json").read_bytes()) == expected
