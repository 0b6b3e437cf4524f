"""Code in the file knows the same lines as its source, and columns only where tracebacks show them: in handlers."""

from __future__ import annotations

import marshal
import traceback
from pathlib import Path
from types import CodeType

import pytest

from build.archive import bytecode

_STDLIB = Path(traceback.__file__).parent


@pytest.fixture(autouse=True)
def nothing_cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bytecode, "CACHE", tmp_path)


def _code(name: str, source: Path) -> CodeType:
    code: CodeType = marshal.loads(bytecode.bytecode({name: source})[name].read_bytes())  # noqa: S302  # ours
    return code


def _lines(code: CodeType) -> list[int | None]:
    return [line for start, end, line in code.co_lines() for _ in range(start, end, 2)]


def _all_code(code: CodeType) -> list[CodeType]:
    inside = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [code, *(found for each in inside for found in _all_code(each))]


def test_each_instruction_keeps_its_line(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_bytes((_STDLIB / "enum.py").read_bytes())  # with its docstrings
    before = compile(source.read_bytes(), source, "exec", dont_inherit=True)
    pairs = list(zip(_all_code(before), _all_code(_code("module", source)), strict=True))
    assert len(pairs) > 10
    for old, new in pairs:
        assert _lines(new) == _lines(old)
        assert new.co_code == old.co_code
        assert {column for _, _, *columns in new.co_positions() for column in columns} == {None}


def test_a_traceback_marks_columns_in_handlers(tmp_path: Path) -> None:
    source = tmp_path / "f.py"
    source.write_text("def f(x):\n    return (\n        1 +\n        x[0]\n    )\n\n\n\nf([])\n")
    seen = {}
    for name in ("package.f", "handlers.f"):
        namespace: dict[str, object] = {}
        with pytest.raises(IndexError) as caught:
            exec(_code(name, source), namespace)  # noqa: S102
        frames = traceback.extract_tb(caught.value.__traceback__)[1:]
        seen[name] = [(each.lineno, each.colno) for each in frames]
    assert seen == {"package.f": [(9, None), (4, None)], "handlers.f": [(9, 0), (4, 8)]}
