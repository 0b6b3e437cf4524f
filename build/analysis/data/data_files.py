"""Choose the files that go in beside modules: data and libraries of packages, metadata, the handlers' own files.

PyInstaller's hooks name these for the packages that they know. Of the packages of an author's requirements, whatever
lies in a package that the handlers reach is taken as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from build.analysis.data.zones import with_coming_transitions
from build.analysis.graph import LIBRARY, Entry
from build.core.distributions import PINNED, distributions
from build.core.paths import module_name

# The parts of a distribution that a run can ask for: version, requirements, entry points, names of its packages.
_METADATA = ("METADATA", "entry_points.txt", "top_level.txt")
_LICENCES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS")  # licences may demand to be shipped with the code
# Files of packages for compilers and type checkers.
_FOR_COMPILERS = {".py", ".pyc", ".pyi", ".pyx", ".pxd", ".pxi", ".c", ".h", ".cpp", ".hpp", ".a", ".typed"}


def time_zones(packages: Path | None) -> dict[str, Path]:
    """Return the packages of tzdata, which zoneinfo reads by their names: source by name."""
    if packages is None:
        return {}
    sources = packages.glob("tzdata/**/__init__.py")
    return {module_name(source.relative_to(packages)): source for source in sources}


def data_files(
    datas: Iterable[Entry], sources: set[Path], handlers: Path, packages: Path | None, work: Path
) -> list[Entry]:
    """Return the entries of the archive for data. The handlers' sources are among them: tracebacks show their lines.

    A hook may have packages kept as files of source (`module_collection_mode`). `sources` are those of all modules,
    `packages` is the folder of an author's requirements; shortened copies are made in `work`.
    """
    of_hooks = {name: source for name, source, _ in datas if name != "base_library.zip"}
    kept_as_files = {Path(source) for source in of_hooks.values() if source.endswith("/__init__.py")}
    found = {name: source for name, source in of_hooks.items() if _is_useful(Path(source), sources | kept_as_files)}
    for files in _distributions(packages, sources):
        found.update({f"{file.parent.name}/{file.name}": str(file) for file in files if _is_metadata(file)})
    for files in _distributions(packages, sources, own_only=True):
        found.update(_within(packages, (file for file in files if _is_data(file, sources))))
    own = [source for source in sorted(handlers.rglob("*")) if source.is_file() and "__pycache__" not in source.parts]
    found.update({f"handlers/{source.relative_to(handlers)}": str(source) for source in own})
    return [(name, _as_carried(name, source, work), "DATA") for name, source in found.items()]


def _as_carried(name: str, source: str, work: Path) -> str:
    """Return the file, or a copy of it: METADATA without the description, a time zone with the transitions to come."""
    if name.endswith(".dist-info/METADATA"):
        content = Path(source).read_bytes().partition(b"\n\n")[0] + b"\n\n"  # behind it is often a whole README
    elif name.startswith("tzdata/zoneinfo/"):
        content = with_coming_transitions(Path(source).read_bytes())
    else:
        return source
    copy = work / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(content)
    return str(copy)


def shared_objects(binaries: Iterable[Entry], sources: set[Path], packages: Path | None) -> list[Entry]:
    """Return extension modules and libraries; those that the author's packages have come from there.

    A hook may name some that no import loads: their package opens them as libraries, as PyCryptodome does.
    """
    found = {source: (name, kind) for name, source, kind in sorted(binaries, key=lambda entry: entry[2] == "EXTENSION")}
    for files in _distributions(packages, sources, own_only=True):
        for name, source in _within(packages, filter(_is_library, files)).items():
            found[source] = (name, found[source][1] if source in found else LIBRARY)
    return [(name, source, _kind(kind, source, packages)) for source, (name, kind) in found.items()]


def _kind(kind: str, source: str, packages: Path | None) -> str:
    """Return that of a library for an extension module that PyInstaller has among what others need."""
    is_own = packages is not None and Path(source).is_relative_to(packages)
    return LIBRARY if kind == "BINARY" and is_own and not _is_library(Path(source)) else kind


def _distributions(packages: Path | None, sources: set[Path], *, own_only: bool = False) -> Iterator[list[Path]]:
    """Yield the files of each distribution that has any of the sources; `own_only`: of the author's requirements."""
    places = [*([packages] if packages else []), *([] if own_only else [PINNED])]
    texts = {str(source) for source in sources}
    for place in places:
        for _, names in distributions(place):
            files = [f"{place}/{name}" for name in names]
            if not texts.isdisjoint(files):
                yield [*map(Path, files)]


def _within(packages: Path | None, files: Iterable[Path]) -> dict[str, str]:
    return {str(file.relative_to(packages)): str(file) for file in files} if packages else {}


def _is_metadata(file: Path) -> bool:
    return file.name in _METADATA and file.parent.suffix == ".dist-info"


def _is_useful(file: Path, sources: set[Path]) -> bool:
    """Tell whether a run may need a file, or it is a licence; PyInstaller's hooks may name too much."""
    if any(folder.suffix == ".dist-info" for folder in file.parents):
        return _is_metadata(file) or file.name.upper().startswith(_LICENCES)
    package = next((folder for folder in file.parents if (folder / "__init__.py").exists()), None)
    return package is None or package / "__init__.py" in sources


def _is_library(file: Path) -> bool:
    return ".so" in file.suffixes and not {".abi3", ".cpython"} & {suffix.split("-")[0] for suffix in file.suffixes}


def says_something(file: Path) -> bool:
    """Tell whether a run may read a file: not code, and not what only compilers and type checkers read."""
    return (
        not (file.suffix in _FOR_COMPILERS or ".so" in file.suffixes or "__pycache__" in file.parts) and file.is_file()
    )


def _is_data(file: Path, sources: set[Path]) -> bool:
    """Tell whether a file lies in a package that is in the file, and a run may need it."""
    if not says_something(file):
        return False
    package = next((folder for folder in file.parents if (folder / "__init__.py").exists()), None)
    return package is not None and package / "__init__.py" in sources
