"""Lists, packs and unpacks zip and tar archives in variables: `{"action": "list", "archive": "data.zip"}`.

docs/handlers/archive.md
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from entry import Context, FunctionError, handler
from entry.api.variables import Folder
from handlers._archive.models import Archive, Listed, Member, Packed
from handlers._variables import Written, set_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers._archive.checks import Entry

_CODES = (
    "archive.broken", "archive.encrypted", "archive.missing",
    "archive.tooLarge", "archive.unsafe", "archive.unsupported",
)  # fmt: skip


@handler(codes=_CODES)
def archive(data: Archive, ctx: Context) -> Listed | Packed:
    if data.action == "list":
        return _list(data, ctx)
    return _pack(data, ctx) if data.action == "pack" else _unpack(data, ctx)


def _list(data: Archive, ctx: Context) -> Listed:
    from handlers._archive.reading import entries

    with ctx.variables[str(data.archive)].open() as stream:
        members = [
            Member(name=entry.name, kind="folder" if entry.is_folder else "file", size=entry.size)
            for entry in entries(stream, data)
        ]
    return Listed(entries=members, bytes=sum(member.size for member in members))


def _unpack(data: Archive, ctx: Context) -> Packed:
    from handlers._archive.reading import entries

    assert data.to is not None  # noqa: S101  (__post_init__ has seen to it)
    count = _Count()
    with ctx.variables[str(data.archive)].open() as stream:
        chosen = _chosen(entries(stream, data), data)
        if data.member is None:
            ctx.variables.set(data.to.scope, data.to.name, Folder(count.files(chosen)))
        else:
            set_variable(ctx, data.to, _only(count.files(chosen), data.member))
    return Packed(files=count.number, bytes=count.bytes, variable=data.to)


def _chosen(entries: Iterator[Entry], data: Archive) -> Iterator[Entry]:
    """Yield the entries to unpack; raise FunctionError for a pattern that was the name of none."""
    if data.member is not None or data.files is None:
        yield from (entry for entry in entries if data.member in (None, entry.name))
        return
    missing = dict.fromkeys(data.files)
    for entry in entries:
        matching = [pattern for pattern in data.files if entry.name == pattern or fnmatchcase(entry.name, pattern)]
        for pattern in matching:
            missing.pop(pattern, None)
        if matching:
            yield entry
    for pattern in missing:
        raise FunctionError("archive.missing", f"no file {pattern!r} is in the archive")


def _only(files: Iterator[tuple[str, Iterator[bytes] | None]], name: str) -> Iterator[bytes]:
    for _, chunks in files:
        if chunks is not None:
            yield from chunks
            return
    raise FunctionError("archive.missing", f"no file {name!r} is in the archive")


class _Count:
    """Counts files and their bytes as they pass."""

    def __init__(self) -> None:
        self.number = self.bytes = 0

    def files(self, entries: Iterator[Entry]) -> Iterator[tuple[str, Iterator[bytes] | None]]:
        for entry in entries:
            yield entry.name, None if entry.is_folder else self._chunks(entry.chunks())

    def _chunks(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        self.number += 1
        for chunk in chunks:
            self.bytes += len(chunk)
            yield chunk


def _pack(data: Archive, ctx: Context) -> Packed:
    from handlers._archive.packing import packed

    assert data.to is not None  # noqa: S101  (__post_init__ has seen to it)
    assert data.files is not None  # noqa: S101
    names = list(ctx.variables)
    chosen: dict[str, None] = {}
    for pattern in data.files:
        found = [name for name in names if name == pattern or fnmatchcase(name, pattern)]
        if not found:
            raise FunctionError("archive.missing", f"no file {pattern!r} was passed in")
        chosen.update(dict.fromkeys(found))
    if len(chosen) > data.entries:
        raise FunctionError("archive.tooLarge", f"more than {data.entries} files: see `entries`")
    written: Written = set_variable(ctx, data.to, packed([ctx.variables[name] for name in chosen], data.form))
    return Packed(files=len(chosen), bytes=written.bytes, variable=data.to)
