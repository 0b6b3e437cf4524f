"""Have a process of its own import handlers (import_probe.py), and take what it reports."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from build.core import session
from build.core.errors import BuildError
from build.core.paths import ROOT

_PROBE = str(ROOT / "build" / "analysis" / "staging" / "import_probe.py")
_LINES = 25  # of what it has said


def imported(
    python: Sequence[str],
    modules: Sequence[str],
    stage: Path,
    environment: Mapping[str, str],
    shown: Callable[[str], str],
) -> dict[str, Any]:
    """Return what importing these modules shows, or all if none is named; `shown` makes places those of the author.

    Raise BuildError if the process ends before it has told all.
    """
    for path in sorted((stage / "handlers").glob("[!.]*.*.py")):
        advice = f'name it {path.stem.replace(".", "_")}.py; @handler("{path.stem}") gives a handler any name'
        raise BuildError(f"handlers/{path.name}: the name of a module has no dot", advice)
    command = [*python, "-X", "faulthandler", _PROBE, *modules]
    done = session.run(command, cwd=stage, environment=environment)
    *begun, last = done.stdout.splitlines() or [""]
    if last.startswith("{"):
        found: dict[str, Any] = json.loads(last)
        return found
    begun = [*begun, last] if last else begun
    ended = f"was killed by {signal.Signals(-done.status).name}" if done.status < 0 else "was ended"
    where = f"while it imported {begun[-1].replace('.', '/')}.py" if begun else f"with status {done.status}"
    advice = "leave out of the module level what ends a process" if begun else ""
    said = shown(done.stderr).splitlines()[-_LINES:]
    problem = f"the process that imports the handlers {ended} {where}"
    raise BuildError("the handlers cannot be loaded", "\n".join(filter(None, [*said, problem, advice])))
