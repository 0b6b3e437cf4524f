"""Runs functions at the start of every run, and tells what they saw."""

import os

from entry import Context, handler, on_start

SEEN: list[str] = []


@on_start
def begin() -> None:
    SEEN.append(os.environ.get("GREETING", "none"))


@handler("slow-start")
def run(data: object, ctx: Context) -> dict[str, object]:
    return {"seen": SEEN, "handler": ctx.handler, "timed": ctx.remaining() < 1000}
