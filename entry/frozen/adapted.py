"""Adapt modules to the file, right after their import: what asks the machine, or differs from start to start.

What a package draws at random as it is imported, and to no use in a second process, is made the same each time: else no
two snapshots of it were. A name that a later version has no more is set to no effect; the build says what differs.
"""

from __future__ import annotations

import itertools
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_UUID = 36  # characters
FIRST_DUMMY = 10**6


def adapt(module: Any) -> None:
    """Do what the table has for the module."""
    ADAPTED[module.__name__](module)


def _find_library_too(util: Any) -> None:
    """Let `ctypes.util` find bundled libraries, without asking the programs of the machine for them."""
    elsewhere = util.find_library

    def find_library(name: str) -> str | None:
        import _bundled

        found: str | None = _bundled.library(f"lib{name}.so")
        return found or elsewhere(name)

    util.find_library = find_library


def _start_by_fork(subprocess: Any) -> None:
    """Start programs by fork: from CPython 3.13 on, posix_spawn closes the files that vfs/children.c hands over."""
    subprocess._HAVE_POSIX_SPAWN_CLOSEFROM = False


def _number_keys(context: Any) -> None:
    """Make OpenTelemetry's context keys unique by a number: a UUID would differ between two captures."""
    numbers = itertools.count()

    def create_key(keyname: str) -> str:
        return f"{keyname}-{next(numbers)}"

    context.create_key = create_key
    for name, key in [*vars(context).items()]:
        if name.endswith("_KEY") and isinstance(key, str) and key[-_UUID - 1 :].count("-") == 5:
            setattr(context, name, create_key(key[: -_UUID - 1]))


def _without_examples(distributions: Any) -> None:
    """Drop the examples from SciPy's docstrings: they hold random numbers."""
    distributions._generate_example = lambda family: ""


def _watch_seeds(_: Any) -> None:
    """Watch what numpy draws, before a snapshot: it has left seeds in the blocks that it keeps for later arrays."""
    if "entry.snapshot.hooks" in sys.modules:
        sys.modules["entry.snapshot.hooks"].watch_numpy()


def _number_dummies(symbol: Any) -> None:
    """Number SymPy's dummy symbols from the lowest number, before a snapshot; later from a random one, as it does."""
    if "entry.snapshot.hooks" in sys.modules and hasattr(symbol, "Dummy"):
        symbol.Dummy._base_dummy_index = FIRST_DUMMY


ADAPTED: dict[str, Callable[[Any], None]] = {
    "ctypes.util": _find_library_too,
    "subprocess": _start_by_fork,
    "numpy.random": _watch_seeds,
    "opentelemetry.context": _number_keys,
    "scipy.stats._distribution_infrastructure": _without_examples,
    "sympy.core.symbol": _number_dummies,
}
