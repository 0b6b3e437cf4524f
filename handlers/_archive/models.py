"""The types of `archive`: its input and its outputs."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from handlers._variables import Target


class Archive(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to do, with which archive or files, and limits for what an archive may hold."""

    action: Literal["list", "pack", "unpack"]
    archive: str | None = None
    files: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    member: str | None = None
    form: Literal["zip", "tar", "tar.gz"] = "zip"
    special: Literal["refuse", "skip"] = "refuse"
    entries: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 10_000
    most: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 256 << 20
    to: Target | None = None

    def __post_init__(self) -> None:
        if (self.action == "pack") != (self.archive is None):
            raise ValueError("`archive` names the file to list or unpack; what is packed has `files`")
        if self.action == "pack" and self.files is None:
            raise ValueError("`files` are wanted: names of files passed in, or patterns such as `reports/*`")
        if (self.action == "list") != (self.to is None):
            raise ValueError("`to` is wanted for what is packed or unpacked, and for nothing else")
        if self.member is not None and (self.action != "unpack" or self.files is not None):
            raise ValueError("`member` is the one file to unpack, in place of `files`")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an archive."""

    name: str
    kind: Literal["file", "folder"]
    size: int


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What is in an archive; `bytes` are those of all files."""

    entries: list[Member]
    bytes: int


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """The files that went into an archive or came out of it, and their bytes."""

    files: int
    bytes: int
    variable: Target
