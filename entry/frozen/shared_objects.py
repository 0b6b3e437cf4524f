"""Find extension modules and libraries that a portable file bundles.

Paths below /fn-bundle/ are no files of the machine: in build/boot/portable/, auditor.c tells the dynamic loader what
they stand for, and files.h has libc's functions that take a path. Only in a file of the portable link, which has the
module `_bundled`.
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


def install() -> None:
    """Put the finder behind that of the modules in Python."""
    sys.meta_path.insert(2, BundledFinder)
