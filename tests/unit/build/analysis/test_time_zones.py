"""Whether a file holds time zones: those of tzdata, among the packages of its author, with what their rules tell."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from build.analysis.data.data_files import time_zones
from build.analysis.data.zones import with_coming_transitions

_EMPTY = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 1) + struct.pack(">lBB", 0, 0, 0) + b"\0"


def _zone(rule: bytes) -> bytes:
    """A zone as of PyPI's tzdata: winter since 1996, and from then on a rule."""
    header = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 1, 1, 4)
    table = struct.pack(">qBlBB", 846378000, 0, 3600, 0, 0) + b"CET\0"
    return _EMPTY + header + table + b"\n" + rule + b"\n"


def _moments(content: bytes) -> tuple[int, ...]:
    """As code reads them that knows no rules."""
    (times,) = struct.unpack_from(">l", content, len(_EMPTY) + 32)
    return struct.unpack_from(f">{times}q", content, len(_EMPTY) + 44)


def test_transitions_that_a_rule_tells_are_written_down() -> None:
    given = _zone(b"CET-1CEST,M3.5.0,M10.5.0/3")
    found = with_coming_transitions(given)
    assert len(_moments(found)) == 1 + 2 * 41
    assert int(datetime(2024, 3, 31, 1, tzinfo=UTC).timestamp()) in _moments(found)
    assert datetime.fromtimestamp(_moments(found)[-1], UTC) == datetime(2037, 10, 25, 1, tzinfo=UTC)
    before, after = (ZoneInfo.from_file(io.BytesIO(each)) for each in (given, found))
    for moment in range(0, 3 * 10**9, 10**6):
        one, other = datetime.fromtimestamp(moment, before), datetime.fromtimestamp(moment, after)
        assert (one.utcoffset(), one.dst(), one.tzname()) == (other.utcoffset(), other.dst(), other.tzname())


@pytest.mark.parametrize("content", [_zone(b"CET-1"), b"TZif of another kind", b"", b"# a table of zones\n" * 9])
def test_other_files_stay_as_they_are(content: bytes) -> None:
    assert with_coming_transitions(content) == content


def test_zones_are_those_of_an_authors_tzdata(tmp_path: Path) -> None:
    assert time_zones(None) == time_zones(tmp_path) == {}
    folder = tmp_path / "tzdata" / "zoneinfo" / "Europe"
    folder.mkdir(parents=True)
    for package in (folder, *folder.parents[:2]):
        (package / "__init__.py").touch()
    assert time_zones(tmp_path).keys() == {"tzdata", "tzdata.zoneinfo", "tzdata.zoneinfo.Europe"}
