"""Substitute the compiled package rpds in a static file: collections that are never changed, only copied.

What jsonschema and referencing use, with the same results; a change costs a copy, so it is for few and small ones.
Imports nothing of this repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

_Pairs = Mapping[K, V] | Iterable[tuple[K, V]]


class HashTrieMap(Mapping[K, V]):
    """A mapping; whatever would change it returns another one."""

    __slots__ = ("_items",)

    def __init__(self, value: _Pairs[K, V] = (), **more: Any) -> None:
        self._items: dict[K, V] = dict(value, **more)

    @classmethod
    def convert(cls, value: HashTrieMap[K, V] | _Pairs[K, V]) -> HashTrieMap[K, V]:
        """Return the value itself when it is one already."""
        return value if isinstance(value, cls) else cls(value)

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def insert(self, key: K, value: V) -> HashTrieMap[K, V]:
        return HashTrieMap({**self._items, key: value})

    def update(self, *values: _Pairs[K, V], **more: Any) -> HashTrieMap[K, V]:
        items = dict(self._items)
        for each in values:
            items.update(each)
        return HashTrieMap(items, **more)

    def remove(self, key: K) -> HashTrieMap[K, V]:
        """Raise KeyError for a key that is not there."""
        items = dict(self._items)
        del items[key]
        return HashTrieMap(items)


class HashTrieSet(frozenset[T]):
    """A set; whatever would change it returns another one."""

    __slots__ = ()

    def insert(self, value: T) -> HashTrieSet[T]:
        return HashTrieSet((*self, value))

    def update(self, *values: Iterable[T]) -> HashTrieSet[T]:
        return HashTrieSet(self.union(*values))

    def discard(self, value: T) -> HashTrieSet[T]:
        return HashTrieSet(self - {value})


class List(tuple[T, ...]):
    """A list that grows at its front."""

    __slots__ = ()

    def push_front(self, value: T) -> List[T]:
        return List((value, *self))
