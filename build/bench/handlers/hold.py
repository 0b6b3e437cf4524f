"""Waits until it is ended, so that the memory of a run can be read meanwhile."""

import time

from entry import Context, handler


@handler
def hold(data: object, ctx: Context) -> None:
    ctx.log.info("holding")
    while True:
        time.sleep(60)
