"""Gives its input back, byte for byte."""

from entry import handler


@handler
def raw(data: bytes) -> bytes:
    return data
