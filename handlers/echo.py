"""Gives its input back, byte for byte: to try a workflow out, or to see what a step is given."""

from entry import handler


@handler
def echo(data: bytes) -> bytes:
    return data
