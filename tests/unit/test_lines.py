"""Code without columns is the same code, and knows the same lines."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import CodeType

import pytest

from build.archive.line_tables import without_columns

_STDLIB = Path(traceback.__file__).parent


def _lines(code: CodeType) -> list[int | None]:
    return [line for start, end, line in code.co_lines() for _ in range(start, end, 2)]


def _all_code(code: CodeType) -> list[CodeType]:
    inside = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [code, *(found for each in inside for found in _all_code(each))]


@pytest.mark.parametrize("name", ["enum", "argparse", "typing", "asyncio/base_events", "unittest/mock"])
def test_each_instruction_keeps_its_line(name: str) -> None:
    source = _STDLIB / f"{name}.py"
    before = compile(source.read_bytes(), source, "exec", dont_inherit=True)
    after = without_columns(before)
    pairs = list(zip(_all_code(before), _all_code(after), strict=True))
    assert len(pairs) > 10
    for old, new in pairs:
        assert _lines(new) == _lines(old)
        assert new.co_code == old.co_code
        assert {column for _, _, *columns in new.co_positions() for column in columns} == {None}


def test_a_traceback_names_the_line() -> None:
    text = "def f(x):\n    return (\n        1 +\n        x[0]\n    )\n\n\n\nf([])\n"
    namespace: dict[str, object] = {}
    with pytest.raises(IndexError) as caught:
        exec(without_columns(compile(text, "made up", "exec")), namespace)  # noqa: S102
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert [(each.lineno, each.colno) for each in frames if each.filename == "made up"] == [(9, None), (4, None)]
