"""Makes the wheels of small packages in pure Python that look for their own data, version and plugins."""

from __future__ import annotations

import zipfile
from pathlib import Path

_VERSIONED = """\
from importlib import metadata, resources

__version__ = metadata.version("Look-At")


def where():
    with resources.as_file(resources.files("lookat").joinpath("cacert.pem")) as path:
        return str(path)
"""
_REGISTRY = """\
import pkgutil

import lookat_ext


def names():
    return sorted(name for _, name, _ in pkgutil.iter_modules(lookat_ext.__path__, "lookat_ext."))
"""
_FILES = {
    "lookat/__init__.py": _VERSIONED,
    "lookat/registry.py": _REGISTRY,
    "lookat/cacert.pem": "certificates\n" * 20_000,
    "lookat/data/units.txt": "metre\n",
    "lookat/data/deep/er/last.txt": "last\n",
    "lookat/tool": '#!/bin/sh\necho "tool:"\ncat "$1"\n',
    "lookat_ext/public.py": "ENCODINGS = ['a', 'b']\n",  # a package without __init__.py, which is iterated over
    "lookat_ext/private/__init__.py": "",
    "look_at-1.4.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "look_at-1.4.dist-info/METADATA": "Metadata-Version: 2.1\nName: Look-At\nVersion: 1.4\n"
    "Requires-Dist: idna; extra == 'more'\nSummary: Looks\n\nA long description.\n",
    "look_at-1.4.dist-info/entry_points.txt": "[lookat.plugins]\nunits = lookat.registry:names\n",
    "look_at-1.4.dist-info/top_level.txt": "lookat\nlookat_ext\n",
}


def make_wheel(folder: Path) -> Path:
    """Packs them in `folder`; the wheel."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / "look_at-1.4-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in _FILES.items():
            archive.writestr(zipfile.ZipInfo(name), text)
        listed = "".join(f"{name},,\n" for name in archive.namelist())
        archive.writestr(zipfile.ZipInfo("look_at-1.4.dist-info/RECORD"), listed)
    return wheel
