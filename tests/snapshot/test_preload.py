"""`python3 build --preload`: what handlers import inside functions is in the snapshot, and in no cold boot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

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
    lib = tmp_path / "handlers" / "lib"
    lib.mkdir(parents=True)
    (lib.parent / "early.py").write_text(_HANDLER)
    (lib / "part.py").write_text("import decimal\n\nHALF = decimal.Decimal(1) / 2\n")
    words = ["--preload", "--handlers", str(lib.parent), "--output", str(tmp_path / "fn")]
    done = subprocess.run(
        [sys.executable, str(ROOT / "build"), *words], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (exchange / "input.json").write_text("null")
    for settings, expected in (({}, [True, True, False]), ({"FN_COLD": "1"}, [False, False, False])):
        (exchange / "output.json").unlink(missing_ok=True)
        (exchange / "done").unlink(missing_ok=True)
        subprocess.run([tmp_path / "fn"], env={"FN_DATA_DIR": str(exchange), **settings}, check=True)
        assert json.loads((exchange / "output.json").read_text()) == expected
