"""Makes the wheel of a sample package: it holds whatever a compiled wheel may bring along, and nothing of use."""

from __future__ import annotations

import sqlite3
import subprocess
import sysconfig
import zipfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
PRIVATE = "libsample-private-1a2b.so.1"  # as wheels rename their libraries

_TEXTS = {
    "sample/__init__.py": '"""A sample."""\n',
    "sample/data.json": '{"from": "the package"}',
    "sample/texts/one.txt": "eins\n",
    "sample/texts/two.txt": "zwei\n",
    "sample/tool": '#!/bin/sh\necho "tool:"\ncat "$1"\n',
    "sample/plugins/__init__.py": "",
    "sample/plugins/first.py": "def run():\n    return 'first plugin'\n",
    "sample/plugins/second.py": "def run():\n    return 'second plugin'\n",
    "sample_space/part.py": "VALUE = 'in a namespace'\n",  # a package without __init__.py
    "sample-1.2.3.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
    "sample-1.2.3.dist-info/METADATA": "Metadata-Version: 2.1\nName: sample\nVersion: 1.2.3\n"
    "Requires-Dist: nothing; extra == 'more'\nSummary: A sample\n",
    "sample-1.2.3.dist-info/entry_points.txt": "[sample.plugins]\nfirst = sample.plugins.first:run\n"
    "second = sample.plugins.second:run\n[console_scripts]\nsample = sample.no_such_module:main\n",
}


def make_wheel(folder: Path) -> Path:
    """Compiles and packs it in `folder`; the wheel."""
    made = folder / "made"
    made.mkdir(parents=True)
    shared = ["gcc", "-shared", "-fPIC", "-O1"]
    extension = made / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    libraries = {PRIVATE: "private_answer", "libsample_plain.so": "plain_answer", "libsample_late.so": "late_answer"}
    for number, (name, function) in enumerate(libraries.items(), 1):
        (made / "library.c").write_text(f"int {function}(void) {{ return {number}; }}\n")
        subprocess.run([*shared, f"-Wl,-soname={name}", made / "library.c", "-o", made / name], check=True)
    include = f"-I{sysconfig.get_path('include')}"
    where = "-Wl,-rpath,$ORIGIN/../sample.libs"
    subprocess.run([*shared, include, where, _HERE / "native.c", made / PRIVATE, "-o", extension], check=True)
    with sqlite3.connect(made / "data.db") as database:
        database.execute("CREATE TABLE t AS SELECT 'a row' AS text")
    database.close()
    wheel = folder / "sample-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for place, text in _TEXTS.items():
            archive.writestr(place, text)
        for name in (extension.name, "libsample_plain.so", "libsample_late.so", "data.db"):
            archive.write(made / name, f"sample/{name}")
        archive.write(made / PRIVATE, f"sample.libs/{PRIVATE}")
        listed = "".join(f"{name},,\n" for name in archive.namelist())
        archive.writestr("sample-1.2.3.dist-info/RECORD", listed)
    return wheel
