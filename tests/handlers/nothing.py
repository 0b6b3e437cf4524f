"""Takes nothing and gives nothing."""

from entry import handler


@handler
def nothing() -> None:
    return None
