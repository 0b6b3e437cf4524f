"""In place of `decimal` in a file where only msgspec imports it, to know the type: no value can be one.

Imports nothing.
"""

from __future__ import annotations


class Decimal:
    """A type that no annotation names."""


def __getattr__(name: str) -> object:
    raise AttributeError(f"decimal.{name} is not in this file: nothing in it imports decimal by a statement")
