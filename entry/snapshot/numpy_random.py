"""Generators of numpy's that imports have made: those without a seed get another one in each run, as `random`'s do."""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_drawn: set[int] = set()  # seeds that numpy has drawn by itself
_unseeded: list[Any] = []  # the generators that have them
_draw: list[Any] = []  # what numpy draws with, while it is watched


def watch(bit_generator: Any) -> None:
    """Note the seeds that `numpy.random.bit_generator` draws from now on."""
    _draw.append(bit_generator.randbits)
    bit_generator.randbits = _noted


def _noted(count: int) -> int:
    number: int = _draw[0](count)
    _drawn.add(number)
    return number


def overwrite_blocks(numpy: Any) -> None:
    """Fill the blocks that numpy keeps for small arrays to come, up to seven of a size: seeds may have been in them."""
    for size in range(1, 129):
        for block in [numpy.empty(size, "u1") for _ in range(7)]:
            block.fill(0)


def reset(mtrand: Any) -> None:
    """Give every generator without a seed the same one, in place; watch no longer."""
    _replace_global(mtrand, 0)
    if _draw:
        sys.modules["numpy.random.bit_generator"].randbits = _draw.pop()  # type: ignore[attr-defined]
    kind = getattr(sys.modules["numpy.random"], "BitGenerator", ())  # numpy before 1.17 has none
    for found in gc.get_objects():
        if isinstance(found, kind) and _entropy(found) in _drawn:
            type(found).__init__(found, 0)
            _unseeded.append(found)
    _drawn.clear()


def _entropy(generator: Any) -> int | None:
    """Return the number that it was seeded with; None for an author's list, or a state of old."""
    sequence = getattr(generator, "seed_seq", None) or getattr(generator, "_seed_seq", None)  # before numpy 1.25
    entropy = getattr(sequence, "entropy", None)
    return entropy if isinstance(entropy, int) else None


def restore(mtrand: Any) -> None:
    """Let each draw a seed."""
    _replace_global(mtrand)
    for generator in _unseeded:
        type(generator).__init__(generator)


def _replace_global(mtrand: Any, *seed: int) -> None:
    """Give the functions of numpy.random another generator; without a seed the kernel gives it one."""
    if hasattr(mtrand, "set_bit_generator"):
        mtrand.set_bit_generator(sys.modules["numpy.random._mt19937"].MT19937(*seed))
    else:  # numpy before 1.24
        mtrand.seed(*seed)
