"""A handler behind a decorator that keeps nothing of it."""

from entry import handler

from ._starting import hiding


@handler
@hiding
def hidden(data: object) -> object:
    return data
