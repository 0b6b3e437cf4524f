"""Waits some seconds, or until a moment: `{"seconds": 5}`, `{"until": "2026-01-31T08:00:00Z"}`.

docs/handlers/wait.md
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from entry import Context, FunctionError, handler
from handlers._variables import exactly_one

LONGEST = 24 * 3600
_REPORT_EVERY = 60  # seconds


class Wait(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long, or until when; a moment that has passed is no wait."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=LONGEST)] | msgspec.UnsetType = msgspec.UNSET
    until: Annotated[datetime, msgspec.Meta(tz=True)] | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        exactly_one(self, "seconds", "until")


class Waited(msgspec.Struct, frozen=True, kw_only=True):
    """The seconds that were waited, and when that was over."""

    seconds: float
    ended: datetime


@handler(codes=("wait.tooLong",))
def wait(data: Wait, ctx: Context) -> Waited:
    started = time.monotonic()
    total = _seconds(data)
    if total > LONGEST:
        raise FunctionError("wait.tooLong", f"{total:.0f} s are more than the {LONGEST} s that a wait may take")
    if total > ctx.remaining():
        raise FunctionError("wait.tooLong", f"{total:.0f} s are more than the {ctx.remaining():.0f} s that the run has")
    while (rest := started + total - time.monotonic()) > 0:
        time.sleep(min(rest, _REPORT_EVERY))
        if rest > _REPORT_EVERY:
            ctx.progress(round(time.monotonic() - started), round(total), "seconds")
    return Waited(seconds=round(time.monotonic() - started, 3), ended=datetime.now(UTC))


def _seconds(data: Wait) -> float:
    if isinstance(data.until, datetime):
        return max(0.0, data.until.timestamp() - time.time())
    assert isinstance(data.seconds, float | int)  # noqa: S101  (__post_init__ has seen to it)
    return data.seconds
