"""Write `handlers_index`, the module by which a file knows its handlers without importing them."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from build.analysis.imports.statements import imported_by
from build.analysis.staging.stage import imports_of
from build.core.configuration import BuildConfig
from build.core.paths import module_name

_WARM_UPS = 20  # specialisation needs 8 runs or more of a piece of code


def write_index(
    config: BuildConfig, names: Container[str], left_out: dict[str, str], *, orjson_is_shared: bool
) -> None:
    """Write the module; `names` are those of all modules that the file holds."""
    imports = imports_of(config.work)
    preloaded = sorted(name for name in _imported_inside_functions(config.stage) if name in names)
    (config.stage / "handlers_index.py").write_text(
        f'"""What the build found: the handlers by name, whether others than entry/ import orjson; for a snapshot:\n'
        f"whether a handler is async, what it imports beside the handlers, handlers whose import gives `random` a\n"
        f'seed, generators with a seed by their global names, how often runs are warmed up, modules left out."""\n\n'
        f"HANDLERS = {dict(sorted(config.handlers.items()))!r}\n"
        f"IS_ASYNC = {_is_async(config.stage / 'handlers')}\n"
        f"ORJSON_IS_SHARED = {orjson_is_shared}\nPRELOADED = {tuple(preloaded) if config.preload else ()!r}\n"
        f"SEEDED = {tuple(imports['seeded'])!r}\nGENERATORS = {tuple(imports['generators'])!r}\n"
        f"WARM_UPS = {_WARM_UPS if config.tricks.warm_up else 0}\n"
        f"LEFT_OUT = {left_out!r}\n"
    )


def _imported_inside_functions(stage: Path) -> set[str]:
    files = (stage / "handlers").rglob("*.py")
    found = (imported_by(path, module_name(path.relative_to(stage)), inside_functions=True) for path in files)
    return set[str]().union(*found)


def _is_async(handlers: Path) -> bool:
    """Tell whether a handler may be async: entry/ imports asyncio only for those."""
    return any(b"async def" in path.read_bytes() for path in handlers.rglob("*.py"))
