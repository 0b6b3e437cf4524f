"""Write the coming transitions of a time zone into its file, up to 2037, as distributions of Linux do (`zic -b fat`).

tzdata's files from PyPI end with the last change of the law; what comes is a rule behind them, which C++ code such as
Arrow's does not read: it would take summer for winter, in silence.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_HEADER = struct.Struct(">4sc15x6l")  # RFC 8536: counts of UT and standard indicators, leaps, times, types, characters
_TYPE = struct.Struct(">lBB")  # seconds east of UT, whether it is summer, where its name begins
_LAST_YEAR = 2037
_STEP = 28 * 86400  # seconds; no rule has two transitions in so few days

_Kind = tuple[int, int, bytes]  # seconds east of UT, whether it is summer, name


def with_coming_transitions(content: bytes) -> bytes:
    """Return the file with them; any other content, and a zone whose rule knows no summer, as it is."""
    if len(content) < _HEADER.size or content[:4] != b"TZif" or content[4:5] < b"2":
        return content
    _, _, ut, standard, leaps, times, types, characters = _HEADER.unpack_from(content)
    start = _HEADER.size + times * 5 + types * 6 + characters + leaps * 8 + standard + ut
    magic, version, ut, standard, leaps, times, types, characters = _HEADER.unpack_from(content, start)
    at = start + _HEADER.size
    moments = [*struct.unpack_from(f">{times}q", content, at)]
    at += 8 * times
    indexes = [*content[at : at + times]]
    at += times
    kinds = [_TYPE.unpack_from(content, at + 6 * number) for number in range(types)]
    at += 6 * types
    names = content[at : at + characters]
    at += characters
    leap_seconds, rule = content[at : at + 12 * leaps], content[at + 12 * leaps + standard + ut :]
    if b"," not in rule:
        return content
    for moment, (offset, summer, name) in _transitions(content, moments[-1] if moments else 0):
        if name + b"\0" not in names:
            names += name + b"\0"
        kind = (offset, summer, names.index(name + b"\0"))
        kinds += [] if kind in kinds else [kind]
        moments.append(moment)
        indexes.append(kinds.index(kind))
    header = _HEADER.pack(magic, version, 0, 0, leaps, len(moments), len(kinds), len(names))
    table = [struct.pack(f">{len(moments)}q", *moments), bytes(indexes), *(_TYPE.pack(*kind) for kind in kinds), names]
    return b"".join([content[:start], header, *table, leap_seconds, rule])


def _transitions(content: bytes, after: int) -> Iterator[tuple[int, _Kind]]:
    """Yield the moments from which another kind of time holds, as `zoneinfo` reads the rule."""
    zone = ZoneInfo.from_file(io.BytesIO(content))
    end = int(datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
    before = _kind(zone, after)
    for step in range(after, end, _STEP):
        low, high = step, min(step + _STEP, end)
        if _kind(zone, high) == before:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _kind(zone, middle) == before else (low, middle)
        before = _kind(zone, high)
        yield high, before


def _kind(zone: ZoneInfo, moment: int) -> _Kind:
    then = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)).astimezone(zone)
    offset, summer = then.utcoffset() or timedelta(), bool(then.dst())
    return int(offset.total_seconds()), int(summer), (then.tzname() or "").encode()
