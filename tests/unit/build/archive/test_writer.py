"""Which modules of entry/ lie in the archive as they are: those that each cold boot imports, and no others."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from build.archive import writer
from build.link.source import supervisor
from tests.conftest import ROOT, TESTS

_ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def test_what_a_cold_run_imports_is_not_compressed(tmp_path: Path) -> None:
    supervisor()
    (tmp_path / "input.json").write_text("[1]")
    command = [sys.executable, "-X", "importtime", "-m", "entry", "value", "--data", str(tmp_path)]
    subprocess.run(command, cwd=TESTS, env=_ENVIRONMENT, check=True)
    told = (tmp_path / "out.log").read_text()
    imported = set(re.findall(r"\| +entry\.(\S+)$", told, re.MULTILINE))
    only_from_source, only_in_the_file = {"runtime.source"}, {"frozen.importer"}
    assert imported - only_from_source == writer._ENTRY_COLD - only_in_the_file
