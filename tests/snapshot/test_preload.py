"""`python3 build --preload`: what handlers import inside functions is in the snapshot, and in no cold boot."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.built import built

_HANDLER = '''
import sys

from entry import handler


@handler
def early(data: object) -> list[bool]:
    """Tells which of its modules are there before it imports them."""
    there = [name in sys.modules for name in ("decimal", "handlers.lib.part", "colorsys")]
    import decimal

    from handlers.lib import part

    assert part.HALF == decimal.Decimal("0.5")
    return there
'''


def test_preload(tmp_path: Path, exchange: Path) -> None:
    part = "import decimal\n\nHALF = decimal.Decimal(1) / 2\n"
    file = built(tmp_path, {"early.py": _HANDLER, "lib/part.py": part}, "--preload")
    (exchange / "input.json").write_text("null")
    for settings, expected in (({}, [True, True, False]), ({"FN_COLD": "1"}, [False, False, False])):
        (exchange / "output.json").unlink(missing_ok=True)
        (exchange / "done").unlink(missing_ok=True)
        subprocess.run(file.command, env={"FN_DATA_DIR": str(exchange), **settings}, check=True)
        assert json.loads((exchange / "output.json").read_text()) == expected
