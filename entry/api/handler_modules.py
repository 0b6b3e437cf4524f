"""Find the modules of handlers: in the index that a build has made, or from source in their folder. Import none."""

from __future__ import annotations

PACKAGE = "handlers"


def module_index() -> dict[str, str] | None:
    """Return the names and modules that the build found, or None when running from source."""
    try:
        from handlers_index import HANDLERS
    except ModuleNotFoundError:
        return None
    return HANDLERS


def modules_of_source() -> list[str]:
    """Return the modules in the folder of handlers: every file and package but parts (`_name`) and hidden ones."""
    import os

    if not exists(PACKAGE):
        return []
    names = {
        name.removesuffix(".py")
        for folder in __import__(PACKAGE).__path__
        for name in os.listdir(folder)
        if name.endswith(".py") or os.path.exists(f"{folder}/{name}/__init__.py")
    }
    return [f"{PACKAGE}.{name}" for name in sorted(names) if not name.startswith(("_", "."))]


def exists(module: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
