"""Substitute the compiled package rpds in a static file: collections that are never changed, only copied.

What jsonschema and referencing use, with the same results; a change costs a copy, so it is for few and small ones.
Imports nothing of this repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

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

    @classmethod
    def fromkeys(cls, keys: Iterable[K], value: Any = None) -> HashTrieMap[K, Any]:
        return cls(dict.fromkeys(keys, value))

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"HashTrieMap({self._items!r})"

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

    def discard(self, key: K) -> HashTrieMap[K, V]:
        return self.remove(key) if key in self._items else self


class HashTrieSet(frozenset[T]):
    """A set; whatever would change it returns another one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"HashTrieSet({{{', '.join(map(repr, self))}}})"

    def insert(self, value: T) -> HashTrieSet[T]:
        return HashTrieSet((*self, value))

    def update(self, *values: Iterable[T]) -> HashTrieSet[T]:
        return HashTrieSet(self.union(*values))

    def remove(self, value: T) -> HashTrieSet[T]:
        """Raise KeyError for a key that is not there."""
        if value not in self:
            raise KeyError(value)
        return HashTrieSet(each for each in self if each != value)

    def discard(self, value: T) -> HashTrieSet[T]:
        return self.remove(value) if value in self else self


class List(Generic[T]):
    """A list that grows and shrinks at its front."""

    __slots__ = ("_items",)

    def __init__(self, value: Any = (), *more: T) -> None:
        self._items: tuple[T, ...] = (value, *more) if more else tuple(value)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __reversed__(self) -> Iterator[T]:
        return reversed(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, List) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"List([{', '.join(map(repr, self._items))}])"

    @property
    def first(self) -> T:
        """Raise IndexError."""
        return self._items[0]

    @property
    def rest(self) -> List[T]:
        return List(self._items[1:])

    def push_front(self, value: T) -> List[T]:
        return List((value, *self._items))

    def drop_first(self) -> List[T]:
        """Raise IndexError if the list is empty."""
        if not self._items:
            raise IndexError("empty list")
        return self.rest
