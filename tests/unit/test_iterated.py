"""Which modules the build adds since code lists or names them at run time."""

from __future__ import annotations

from pathlib import Path

from build.analysis.iterated import listed, named

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


def _pure(place: Path) -> list[tuple[str, str, str]]:
    for name, text in _SOURCES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    names = ("sample", "sample.registry", "sample.backends", "sample.quiet")
    paths = [place / name.replace(".", "/") for name in names]
    files = [path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for path in paths]
    return [(name, str(file), "PYMODULE") for name, file in zip(names, files, strict=True)]


def test_all_modules_of_a_package_that_is_listed(tmp_path: Path) -> None:
    assert listed([tmp_path], _pure(tmp_path)) == {"sample_ext.one", "sample_ext.two"}


def test_modules_of_the_own_package_that_a_text_names(tmp_path: Path) -> None:
    assert named([tmp_path], _pure(tmp_path)) == {"sample.backends.svg"}


def test_only_packages_of_an_author(tmp_path: Path) -> None:
    pure = _pure(tmp_path / "elsewhere")
    assert listed([tmp_path / "here"], pure) == named([tmp_path / "here"], pure) == set()
