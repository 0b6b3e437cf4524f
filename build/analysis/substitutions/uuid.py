"""In place of `uuid` in a file where only msgspec imports it, to know the type: no value can be one.

Imports nothing.
"""

from __future__ import annotations


class UUID:
    """A type that no annotation names."""


class SafeUUID:
    """What msgspec would give to a UUID that it makes."""

    unknown = None


def __getattr__(name: str) -> object:
    raise AttributeError(f"uuid.{name} is not in this file: nothing in it imports uuid by a statement")
