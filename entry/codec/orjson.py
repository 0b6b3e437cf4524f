"""Import orjson; in a cold boot of the file without the 58 modules that it looks four types up in.

orjson's start code imports uuid, enum, dataclasses, json, zoneinfo and datetime, which takes three times as long as
starting the interpreter. None of them is needed to read and write plain JSON: stand-ins answer the look-ups, and values
of the real types reach `simplify` in entry/codec/fallback.py, with the same results (tests/unit/entry/test_codec.py).
When a handler's packages use orjson themselves, it is imported as it is.
"""

from __future__ import annotations

import sys

from ..frozen import IS_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def _import() -> ModuleType:
    if "orjson" not in sys.modules and IS_FILE and not _used_by_others():
        return _import_with_stand_ins()
    import orjson as real

    return real


def _used_by_others() -> bool:
    """Return whether any module of the file except those of entry/ imports orjson: the build has found out."""
    from handlers_index import ORJSON_IS_SHARED

    return bool(ORJSON_IS_SHARED)


def _import_with_stand_ins() -> ModuleType:
    import _datetime

    stand_ins: dict[str, dict[str, object]] = {
        "uuid": {"UUID": type("UUID", (), {})},
        "enum": {"EnumMeta": type("EnumMeta", (type,), {})},
        "dataclasses": {"_FIELD": type("_FIELD", (), {})()},
        "json": {"JSONDecodeError": _JSONDecodeError},
        "zoneinfo": {"ZoneInfo": type("ZoneInfo", (), {})},
    }
    added: list[str] = []
    try:
        for name, members in stand_ins.items():
            if name not in sys.modules:
                module = type(sys)(name)
                module.__dict__.update(members)
                sys.modules[name] = module
                added.append(name)
        if "datetime" not in sys.modules:
            sys.modules["datetime"] = _datetime  # the types are these; datetime.py only gives them their public home
            added.append("datetime")
        import orjson as imported
    finally:
        for name in added:
            del sys.modules[name]
    return imported


class _JSONDecodeError(ValueError):
    """What orjson raises: made of (message, document, position), as json.JSONDecodeError is."""

    def __init__(self, msg: str, doc: str, pos: int) -> None:
        super().__init__(msg)
        self.msg = msg
        self.lineno = doc.count("\n", 0, pos) + 1
        self.colno = pos - doc.rfind("\n", 0, pos)


orjson = _import()
