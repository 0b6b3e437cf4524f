"""The sidecar emulator in a container beside the function: shares /pod/exchange with it, prints what it saw."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, "/source")

from entry.testing import Sidecar

_POD = Path("/pod")
# Stands for the function, which another container holds: it ends when that has announced.
_UNTIL_DONE = "until [ -e /pod/exchange/done ]; do sleep 0.01; done"


def _begin(directory: Path) -> subprocess.Popen[bytes]:
    """Called when the watch is set up: now the function may start."""
    (_POD / "ready").touch()
    return subprocess.Popen(["/bin/sh", "-c", _UNTIL_DONE])


report = Sidecar([], start=_begin, timeout=60).run(sys.argv[1].encode(), _POD / "exchange")
decision = report.decision
print(
    json.dumps(
        {
            "kind": decision and decision.kind,
            "code": decision and decision.code,
            "variables": {
                scope: {name: data.decode() for name, data in found.items()}
                for scope, found in report.variables.items()
                if found
            },
            "warnings": report.warnings,
        }
    )
)
