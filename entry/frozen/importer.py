"""Modules and data carried inside the file dist/fn: gives them a `__file__`, package data and sources for tracebacks.

The code that each cold boot needs comes from the interpreter's table of frozen modules, which points into the file:
nothing is copied. Other code is packed (build/archive/bytecode.py). Not used from source.
"""

from __future__ import annotations

import _frozen_importlib
import _imp
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Any

ROOT = "/fn/"  # where modules seem to lie: a path that no file system has
# What a module would import if it were there, to no use on Pythons as new as ours: in the file it may be for others.
_DOES_WITHOUT = {"msgspec._utils": "typing_extensions"}


class BundleFinder:
    """Finds the modules of the file; the loader of every one of them too."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = _is_package(name)
        if package is None:
            if path is None or not _imp.is_builtin(name):
                return None
            # an extension module inside a package: the interpreter's own finder knows none of those
            loader: Any = _frozen_importlib.BuiltinImporter  # typeshed wants an instance
            return _frozen_importlib.ModuleSpec(name, loader, origin="built-in")
        place = ROOT + name.replace(".", "/")
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
        if name in ("ctypes.util", "subprocess") and _is_portable():
            from . import shared_objects

            shared_objects.adapt(module)

    @staticmethod
    def get_code(name: str) -> CodeType:
        code: CodeType
        if _imp.is_frozen(name):
            code = _imp.get_frozen_object(name)
        else:
            import _fn

            code = _fn.packed_code(name)
        return code

    @staticmethod
    def is_package(name: str) -> bool:
        return bool(_is_package(name))

    @staticmethod
    def get_source(name: str) -> str | None:
        """The source of a handler's module, for the lines of a traceback; of other modules there is none."""
        stem = name.replace(".", "/")
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            data = _data(path)
            if data is not None:
                return str(data, "utf-8")
        return None

    @staticmethod
    def get_data(path: str) -> bytes:
        data = _data(path.removeprefix(ROOT))
        if data is None:
            raise FileNotFoundError(2, "no such file in the bundle", path)
        return bytes(data)

    @staticmethod
    def get_resource_reader(name: str) -> object:
        place = name.replace(".", "/")
        if _is_portable():
            from . import shared_objects

            return shared_objects.Resources(ROOT + place)
        return Resources(place)

    @staticmethod
    def iter_modules(prefix: str = "") -> Iterator[tuple[str, bool]]:
        return _modules_in("", prefix)


class Folder:
    """What pkgutil asks for the modules of a package: the entry of a `__path__`, as one of sys.path_hooks."""

    def __init__(self, path: str) -> None:
        if not path.startswith(ROOT):
            raise ImportError("not a package of the bundle", path=path)
        self._package = path[len(ROOT) :].rstrip("/").replace("/", ".")

    def find_spec(self, name: str, target: ModuleType | None = None) -> None:
        """There is none: all that the file holds is found by name, before this is asked."""

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        return _modules_in(f"{self._package}.", prefix)


def _modules_in(start: str, prefix: str) -> Iterator[tuple[str, bool]]:
    """The modules whose names go on from `start` without another dot, as pkgutil wants them."""
    is_package = {name: _imp.is_frozen_package(name) for name in _imp._frozen_module_names()}  # type: ignore[attr-defined]
    is_package.update(_packed())
    if _is_portable():
        import _carried

        is_package.update(dict.fromkeys(_carried.extensions(), False))
    found = sorted(name for name in is_package if name.startswith(start) and "." not in name[len(start) :])
    return iter([(prefix + name[len(start) :], is_package[name]) for name in found])


def _is_package(name: str) -> bool | None:
    """Whether a module of the file is a package; None: there is no such module."""
    if _imp.is_frozen(name):
        return bool(_imp.is_frozen_package(name))
    return _packed().get(name)


def _packed() -> dict[str, bool]:
    """The modules that the file holds packed: whether each is a package. Read when one may be wanted."""
    if not _packed_modules:
        import _fn

        _packed_modules.append(_fn.packed())
    return _packed_modules[0]


_packed_modules: list[dict[str, bool]] = []


def _is_portable() -> bool:
    """Whether the file carries shared objects: the portable link."""
    return "_carried" in sys.builtin_module_names


class Resources:
    """What importlib.resources asks a package for."""

    def __init__(self, path: str) -> None:
        self._path = path

    def files(self) -> Resource:
        return Resource(self._path)


class Resource:
    """One file or folder of package data, as importlib.resources.abc.Traversable."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.name = path.rpartition("/")[2]

    def is_file(self) -> bool:
        return _data(self._path) is not None

    def is_dir(self) -> bool:
        return any(True for _ in self.iterdir())

    def iterdir(self) -> Iterator[Resource]:
        import _fn

        start = f"{self._path}/"
        names = {name[len(start) :].partition("/")[0] for name in _fn.names() if name.startswith(start)}
        return iter([Resource(start + name) for name in sorted(names)])

    def joinpath(self, *parts: str) -> Resource:
        return Resource("/".join((self._path, *parts)))

    __truediv__ = joinpath

    def read_bytes(self) -> bytes:
        return BundleFinder.get_data(ROOT + self._path)

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self.read_bytes().decode(encoding, errors)

    def open(self, mode: str = "r", encoding: str = "utf-8", errors: str = "strict") -> object:
        import io

        stream = io.BytesIO(self.read_bytes())
        return stream if "b" in mode else io.TextIOWrapper(stream, encoding, errors)


def _data(name: str) -> memoryview | None:
    import _fn

    found: memoryview | None = _fn.data(name)
    return found


def install() -> None:
    """Puts the finder before the interpreter's own one for frozen modules."""
    sys.meta_path.insert(1, BundleFinder)
    sys.path_hooks.insert(0, Folder)
    if _is_portable():
        from . import shared_objects

        shared_objects.install()
