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
        "sample_ext.one", "sample_ext.two", "sample.backends.svg",
    }  # fmt: skip
    assert "sample.quiet" not in found
