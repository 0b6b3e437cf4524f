"""Import modules and data from the archive of dist/fn, with `__file__`, package data and sources for tracebacks.

The code that each cold boot needs comes from the interpreter's table of frozen modules, which points into the file:
nothing is copied. Other code is compressed (build/archive/compression.py). Not used from source.
"""

from __future__ import annotations

import _frozen_importlib
import _frozen_importlib_external
import _imp
import sys

import _fn

from . import FILES_ROOT, IS_PORTABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Any

# Modules that do without an optional import, which our versions of Python do not need: others may have it in the file.
_DOES_WITHOUT = {"msgspec._utils": "typing_extensions"}
# Modules that entry/frozen/adapted.py has something for: in a portable file, and in both.
_ADAPTED_IN_PORTABLE = ("ctypes.util", "subprocess")
_ADAPTED = (
    "numpy.random", "opentelemetry.context", "scipy.stats._distribution_infrastructure", "sympy.core.symbol",
)  # fmt: skip


class ArchiveFinder:
    """Finds the modules of the file, and loads them."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = _fn.find(name)
        if package is None:
            if path is None or not _imp.is_builtin(name):
                return None
            # an extension module inside a package: the interpreter's own finder knows none of those
            loader: Any = _frozen_importlib.BuiltinImporter  # typeshed wants an instance
            return _frozen_importlib.ModuleSpec(name, loader, origin="built-in")
        place = FILES_ROOT + name.replace(".", "/")
        spec: ModuleSpec = _frozen_importlib.ModuleSpec(
            name,
            cls,  # type: ignore[arg-type]  # typeshed wants an instance
            origin=f"{place}/__init__.py" if package else f"{place}.py",
            is_package=package,
        )
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [place]
        return spec

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        return None

    @classmethod
    def exec_module(cls, module: ModuleType) -> None:
        name = module.__spec__.name  # type: ignore[union-attr]
        with_less = _DOES_WITHOUT.get(name)
        if with_less and with_less not in sys.modules:
            sys.modules[with_less] = None  # type: ignore[assignment]  # how Python says that there is no such module
        else:
            with_less = None
        try:
            exec(cls.get_code(name), module.__dict__)
        finally:
            if with_less:
                del sys.modules[with_less]
        if name in _ADAPTED or (IS_PORTABLE and name in _ADAPTED_IN_PORTABLE):
            from . import adapted

            adapted.adapt(module)

    @staticmethod
    def get_code(name: str) -> CodeType:
        code = _fn.code(name)
        if IS_PORTABLE and isinstance(code, memoryview):
            from . import shared_objects

            return shared_objects.unpacked(code)
        return code  # type: ignore[return-value]

    @staticmethod
    def is_package(name: str) -> bool:
        return bool(_fn.find(name))

    @staticmethod
    def get_source(name: str) -> str | None:
        """Return the source of a handler's module, for the lines of a traceback; of other modules there is none."""
        stem = name.replace(".", "/")
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            data = _fn.data(path)
            if data is not None:
                return _frozen_importlib_external.decode_source(bytes(data))
        return None

    @staticmethod
    def get_data(path: str) -> bytes:
        data = _fn.data(path.removeprefix(FILES_ROOT))
        if data is None:
            raise FileNotFoundError(2, "no such file in the archive", path)
        return bytes(data)

    @staticmethod
    def get_resource_reader(name: str) -> Resources:
        return Resources(FILES_ROOT + name.replace(".", "/"))


class Folder:
    """A folder of the archive on a path: lists its modules for pkgutil, and finds those that lie in it as files.

    A hook of PyInstaller's may have a package kept as sources (`module_collection_mode`), as that of OpenCV does, whose
    source looks for its own shared object on `sys.path`.
    """

    def __init__(self, path: str) -> None:
        is_file = _fn.data(path.removeprefix(FILES_ROOT)) is not None  # as a script that the interpreter is to run
        if is_file or not f"{path}/".startswith(FILES_ROOT):
            raise ImportError("not a folder of the archive", path=path)
        self._package = path[len(FILES_ROOT) :].rstrip("/").replace("/", ".")
        loaders = _frozen_importlib_external._get_supported_file_loaders()  # type: ignore[attr-defined]
        self._files = _frozen_importlib_external.FileFinder(path, *loaders)

    def find_spec(self, name: str, target: ModuleType | None = None) -> ModuleSpec | None:
        return self._files.find_spec(name, target)

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        return _modules_in(f"{self._package}." if self._package else "", prefix)


def _zip_importer(path: str) -> Any:
    """Return the finder of archives on sys.path: zipimport, imported for the first entry that is no folder."""
    if ArchiveFinder.find_spec("zipimport") is None or _is_folder(path):
        raise ImportError("not an archive", path=path)
    from zipimport import zipimporter

    return zipimporter(path)


def _is_folder(path: str) -> bool:
    import posix

    try:
        return posix.stat(path).st_mode & 0o170000 == 0o040000
    except OSError:
        return False


def _modules_in(start: str, prefix: str) -> Iterator[tuple[str, bool]]:
    """Return the modules whose names go on from `start` without another dot, as pkgutil wants them."""
    is_package: dict[str, bool] = _fn.modules(start)
    if IS_PORTABLE:
        import _bundled

        is_package.update(dict.fromkeys(_bundled.extensions(), False))
    found = sorted(name for name in is_package if name.startswith(start) and "." not in name[len(start) :])
    return iter([(prefix + name[len(start) :], is_package[name]) for name in found])


class Resources:
    """What importlib.resources asks a package for: a path, that of its folder."""

    def __init__(self, path: str) -> None:
        self._path = path

    def files(self) -> object:
        return sys.modules["pathlib"].Path(self._path)  # importlib.resources has imported it


class LeftOut:
    """The last finder: raises an error for modules that the file was built without, and says how to have them."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if name.partition(".")[0] in sys.stdlib_module_names:
            from handlers_index import LEFT_OUT  # not there from source

            if name in LEFT_OUT:
                problem = f"No module named {name!r}: the file was built without it ({LEFT_OUT[name]})"
                raise ModuleNotFoundError(problem, name=name)


def install() -> None:
    """Put the finder before the interpreter's own one for frozen modules."""
    sys.meta_path.insert(1, ArchiveFinder)
    sys.meta_path.append(LeftOut)
    sys.path_hooks.insert(0, Folder)
    # As in other interpreters: some programs insert a folder after the first entry, to be searched before all packages.
    sys.path += [f"{FILES_ROOT}python{sys.version_info[0]}{sys.version_info[1]}.zip", FILES_ROOT.rstrip("/")]
    if "zipimport" not in sys.modules:  # the interpreter of the static link starts without it
        sys.path_hooks.insert(1, _zip_importer)
    if IS_PORTABLE:
        from . import shared_objects

        shared_objects.install()
