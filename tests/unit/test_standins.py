"""A stand-in takes a module's place when those that it was made for are all that import it."""

from __future__ import annotations

import msgspec
import pytest

from build.analysis.pruning import needed
from build.analysis.substitutions import decimal, sources, uuid


@pytest.mark.parametrize(
    ("users", "wanted", "replaced"),
    [
        pytest.param(["msgspec", "msgspec.inspect"], [], True, id="msgspec alone"),
        pytest.param(["msgspec", "handlers.ours"], [], False, id="a handler"),
        pytest.param(["msgspec", "fractions"], [], False, id="a module of the standard library"),
        pytest.param(["msgspec"], ["decimal"], False, id="wanted anyway"),
    ],
)
def test_with_whom_a_module_is_replaced(users: list[str], wanted: list[str], *, replaced: bool) -> None:
    assert ("decimal" in sources({"decimal": users}, wanted)) == replaced


def test_what_only_the_replaced_module_imports_is_left_out() -> None:
    graph: dict[str, list[str]] = {"handlers.ours": [], "msgspec": ["handlers.ours"], "decimal": ["msgspec"]}
    graph |= {"_decimal": ["decimal"], "numbers": []}  # the latter from C
    assert needed(graph, ["handlers.ours"], {}).keys() == graph.keys()
    assert needed(graph, ["handlers.ours"], {}, replaced=["decimal"]).keys() == graph.keys() - {"_decimal", "numbers"}


@pytest.mark.parametrize("module", [decimal, uuid])
def test_what_a_stand_in_lacks_is_named(module: object) -> None:
    with pytest.raises(
        AttributeError, match=r"is not in this file: nothing in it imports (decimal|uuid) by a statement"
    ):
        _ = module.getcontext  # type: ignore[attr-defined]
    assert not hasattr(module, "getcontext")


def test_msgspec_does_not_take_the_types_of_stand_ins_for_others() -> None:
    for kind in (decimal.Decimal, uuid.UUID):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert("1", kind)
