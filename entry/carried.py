"""The shared objects that a portable file carries: finds extension modules among them. Loads nothing itself.

Paths below /fn/ are no files: the dynamic loader is told what they stand for (build/boot/portable/auditor.c). Only in a
file of the portable link, where the module `_carried` is.
"""

from __future__ import annotations

import _frozen_importlib
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class ExtensionFinder:
    """Finds the extension modules of the file."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        import _carried

        place = _carried.extension(name)
        if place is None:
            return None
        import _frozen_importlib_external

        loader = _frozen_importlib_external.ExtensionFileLoader(name, place)
        spec: ModuleSpec = _frozen_importlib.ModuleSpec(name, loader, origin=place)
        spec.has_location = True
        return spec


def install() -> None:
    """Puts the finder behind that of the modules in Python."""
    sys.meta_path.insert(2, ExtensionFinder)
