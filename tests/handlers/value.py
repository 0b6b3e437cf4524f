"""Gives back what it was given, decoded and encoded."""

from entry import handler


@handler
def value(data):  # type: ignore[no-untyped-def]  # an author without annotations
    return data
