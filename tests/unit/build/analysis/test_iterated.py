"""Which modules the build adds since code lists or names them at run time."""

from __future__ import annotations

from pathlib import Path

from build.analysis.imports.iterated import unseen

_SOURCES = {
    "sample/__init__.py": "",
    "sample/registry.py": "import pkgutil\nimport sample_ext as ext\n"
    "NAMES = [name for _, name, _ in pkgutil.iter_modules(ext.__path__)]\n",
    "sample/backends/__init__.py": "import importlib\nKINDS = {'svg': 'sample.backends.svg', 'no': 'sample.no'}\n"
    "OTHER = 'another.module'\ndef get(kind): return importlib.import_module(KINDS[kind])\n",
    "sample/backends/svg.py": "",
    "sample/quiet.py": "TEXT = 'sample.backends.svg'\n",
    "sample/aliases.py": "LOADERS = {'app': 'sample.loaders:App', 'no': 'sample.no:App', 'text': 'sample: a text'}\n",
    "sample/loaders.py": "",
    "sample/curves/__init__.py": "",
    "sample/curves/point.py": "import importlib\nNAMES = ['_p256', '.p384', 'no', '', '..']\n"
    "def get(name): return importlib.import_module('.' + name, __package__)\n",
    "sample/curves/_p256.py": "",
    "sample/curves/p384/__init__.py": "",
    "sample_ext/one.py": "",
    "sample_ext/two/__init__.py": "",
    "another/module.py": "",
}


def _made(place: Path) -> Path:
    for name, text in _SOURCES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def test_what_a_package_lists_or_names_is_found_by_the_module_that_does_so(tmp_path: Path) -> None:
    found = unseen([_made(tmp_path)])
    assert {module for modules in found.values() for module in modules} == {
        "sample_ext.one", "sample_ext.two", "sample.backends.svg", "sample.loaders", "sample.curves._p256",
        "sample.curves.p384",
    }  # fmt: skip
    assert "sample.quiet" not in found
