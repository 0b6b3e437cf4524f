"""Shows the event that it was given, or replies as its data says: `reply` holds attributes, `data`, or bytes as hex."""

from typing import Any

from entry import Context, handler


@handler
def event(data: Any, ctx: Context) -> object:
    if ctx.event is None:
        return {"event": None, "data": data}
    if not isinstance(data, dict) or "reply" not in data:
        return {"event": dict(ctx.event.attributes), "data": data, "extensions": ctx.event.extensions}
    if data["reply"] is None:
        return None
    given = bytes.fromhex(data["hex"]) if "hex" in data else data.get("data")
    return ctx.event.reply(given, **data["reply"])
