"""Compiled wheels give right results where there is nothing else: numpy alone in a file, others in one.

Each alone: `python3 build test --packages`. Needs root and mounts.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.portable.bare import run_in
from tests.portable.conftest import File

_XML = '<?xml version="1.0" encoding="UTF-8"?><r><item id="1">één</item><item id="2">二</item></r>'
_CSV = "kind,value,at\na,1.5,2024-03-30 12:00\nb,2.5,2024-03-31 12:00\na,4,2024-10-27 12:00\n"
_ORDER = {"day": "2024-02-29", "lines": [{"sku": "AB1", "price": "19.90", "count": 3}, {"sku": "CD2", "price": 0.1}]}

# The handlers, the input of each, and the whole output.
_CASES: dict[str, tuple[object, object]] = {
    "numbers": (
        {"a": [[2, 1], [1, 3]], "b": [3, 5]},
        {
            "solution": pytest.approx([0.8, 1.4]),
            "eigenvalues": pytest.approx([(5 - 5**0.5) / 2, (5 + 5**0.5) / 2]),
            "singular": pytest.approx([3, 2, 1]),
            "inverse": pytest.approx(0, abs=1e-12),
            "spectrum": pytest.approx([1, 1, 1, 1]),
            "mersenne": 3499211612,  # the first number of the reference implementation
            "pcg": pytest.approx(0.6369616873214543),
        },
    ),
    "order": (
        _ORDER,
        {
            "order": {
                "day": "2024-02-29",
                "lines": [
                    {"sku": "AB1", "price": "19.90", "count": 3},
                    {"sku": "CD2", "price": "0.1", "count": 1},
                ],
                "total": "59.80",
            },
            "required": ["day", "lines"],
        },
    ),
    "secure": (
        {"text": "attack at dawn"},
        {
            "talk": ["attack at dawn", "TLSv1.3"],
            "sealed": "58e2fccefa7e3061367f1d57a4e7455a",  # the first test vector of the specification
            "opened": "attack at dawn",
            "refused": True,
            "public": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
            "rsa": 2048,
        },
    ),
    "document": (
        _XML.encode(),
        {
            "texts": ["één", "二"],
            "transformed": "<list><i>1</i><i>2</i></list>",
            "valid": [True, False],
            "links": ["https://example.org/x"],
            "latin": "€",
            "broken": [1, 11],
        },
    ),
    "picture": (
        {"color": "#204080"},
        {
            "formats": {
                name: [name, [64, 48], True] for name in ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "GIF", "JPEG2000")
            },
            "corner": [0x20, 0x40, 0x80],
            "text": True,
            "black": True,
        },
    ),
    "table": (
        _CSV.encode(),
        {
            "sums": {"Apple": 5.5, "Beet": 2.5},
            "utc": ["2024-03-30T11:00:00+00:00", "2024-03-31T10:00:00+00:00", "2024-10-27T11:00:00+00:00"],
            "daily": [1.5, 2.5, 4.0],
            "csv": "name,value\nApple,1.5\nBeet,2.5\nApple,4.0\n",
            "json": '[{"kind":"a","value":1.5}]',
            "described": [3.0, pytest.approx(8 / 3), 4.0],
        },
    ),
}


# As in a container; the same, cold; and without any help.
_BOOTS = {
    "warm": "fn: warm boot",
    "cold": "fn: cold boot: FN_COLD is set",
    "no proc": "fn: cold boot: the file cannot open itself",
}


def _file_of(handler: str) -> str:
    return "with_numpy" if handler == "numbers" else "with_others"


@pytest.mark.parametrize("handler", _CASES)
def test_right_results_where_there_is_nothing_else(root: Path, file: File, handler: str) -> None:
    given, expected = _CASES[handler]
    exchange = root / "direktiv-data"
    shutil.copy(file(_file_of(handler)), root / "fn")
    (root / "proc").mkdir()
    for boot, said in _BOOTS.items():
        if boot == "no proc":
            (root / "proc").rmdir()
        (exchange / "input.json").write_bytes(given if isinstance(given, bytes) else json.dumps(given).encode())
        variables = {"FN_HANDLER": handler, "FN_LOG_LEVEL": "debug", "FN_COLD": str(int(boot == "cold"))}
        run_in(root, environment=variables)
        log = (exchange / "out.log").read_text()
        assert (exchange / "output.json").exists(), log
        assert json.loads((exchange / "output.json").read_bytes()) == expected
        assert said in log
        assert ("unpacking libraries into" in log) == (boot == "no proc"), log
        assert {path.name for path in exchange.iterdir()} == {"input.json", "out.log", "output.json", "done"}
        for path in ("output.json", "done", "out.log"):
            (exchange / path).unlink()


def test_an_error_of_a_package_is_one_of_the_run(root: Path, file: File) -> None:
    exchange = root / "direktiv-data"
    shutil.copy(file(_file_of("order")), root / "fn")
    (exchange / "input.json").write_text('{"day": "no day", "lines": [{"sku": "x", "price": -1}]}')
    run_in(root, environment={"FN_HANDLER": "order"})
    error = json.loads((exchange / "error.json").read_bytes())
    assert error == {"code": "order.invalid", "message": "day, lines.0.sku, lines.0.price"}
