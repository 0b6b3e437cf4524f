"""Waits until it is ended: what memory a run takes is read meanwhile."""

import time

from entry import Context, handler


@handler
def hold(data: object, ctx: Context) -> None:
    ctx.log.info("holding")
    while True:
        time.sleep(60)
