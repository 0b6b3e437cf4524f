"""Find extension modules and libraries that a portable file bundles.

Paths below /fn/ are no files of the machine: in build/boot/portable/, auditor.c tells the dynamic loader what they
stand for, and files.h has libc's functions that take a path. Only in a file of the portable link, which has the module
`_bundled`.
"""

from __future__ import annotations

import _frozen_importlib
import _frozen_importlib_external
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType


class BundledLoader(_frozen_importlib_external.ExtensionFileLoader):
    """Loads an extension module; its error names the library at fault, which the dynamic loader knows by a number."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        try:
            module: ModuleType = super().create_module(spec)
        except ImportError as error:
            import _bundled

            library, refusal = _bundled.loading()
            if not library:
                raise
            if refusal:
                from entry.api.errors import LibraryNotLoadedError

                raise LibraryNotLoadedError(library, refusal, name=spec.name) from None
            reason = str(error).partition(": ")[2]
            raise ImportError(f"{library}: {reason}", name=spec.name, path=self.path) from None
        return module


class BundledFinder:
    """Finds the extension modules of the file."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        import _bundled

        place = _bundled.extension(name)
        if place is None:
            return None
        spec: ModuleSpec = _frozen_importlib.ModuleSpec(name, BundledLoader(name, place), origin=place)
        spec.has_location = True
        return spec


def unpacked(content: memoryview) -> CodeType:
    """Return the code of a module that no statement leads to, which lies compressed in the file."""
    import marshal
    import zlib

    code: CodeType = marshal.loads(zlib.decompress(content))  # noqa: S302  # of this file
    return code


def adapt(module: ModuleType) -> None:
    """Return what a module of the standard library has to do in another way, right after its import."""
    if module.__name__ == "ctypes.util":
        _find_library_too(module)
    elif module.__name__ == "subprocess":
        # From CPython 3.13 on it has posix_spawn close all files but the streams, those that children.c hands over too.
        module._HAVE_POSIX_SPAWN_CLOSEFROM = False  # type: ignore[attr-defined]
    elif module.__name__ == "scipy.stats._distribution_infrastructure":
        # It writes random numbers into docstrings, as examples, so that no two imports were the same.
        module._generate_example = lambda family: ""  # type: ignore[attr-defined]
    elif module.__name__ == "numpy.random" and "entry.snapshot.prepare" in sys.modules:
        # It has drawn seeds, which lie about in what numpy keeps for arrays to come: gaps in these would hold them.
        sys.modules["entry.snapshot.hooks"].watch_numpy()


def _find_library_too(util: ModuleType) -> None:
    """Let `ctypes.util` find bundled libraries, without asking the programs of the machine for them."""
    elsewhere = util.find_library

    def find_library(name: str) -> str | None:
        import _bundled

        found: str | None = _bundled.library(f"lib{name}.so")
        return found or elsewhere(name)

    util.find_library = find_library  # type: ignore[attr-defined]


def install() -> None:
    """Put the finder behind that of the modules in Python."""
    sys.meta_path.insert(2, BundledFinder)
