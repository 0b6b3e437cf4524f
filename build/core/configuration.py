"""What the two halves of the build share: the commands, and the spec that PyInstaller runs in a process of its own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from build.core.paths import ROOT


@dataclass(frozen=True)
class Plan:
    """What the spec needs to know: where the handlers are staged, where modules are found, where to work and write."""

    stage: Path
    work: Path
    output: Path
    paths: list[Path]
    modules: list[str]
    excluded: list[str]
    link: str  # "static", "portable", or "auto": portable where static is impossible
    preload: bool  # whether the snapshot holds what handlers import inside functions, too

    @property
    def packages(self) -> Path | None:
        """The folder with the packages of an author's requirements."""
        return self.paths[1] if len(self.paths) > 2 else None

    @property
    def handlers(self) -> dict[str, str]:
        """The handlers' modules by name."""
        index: dict[str, str] = json.loads((self.stage / "index.json").read_text())
        return index

    def environment(self) -> dict[str, str]:
        plan = {
            "stage": str(self.stage), "work": str(self.work), "output": str(self.output),
            "paths": [str(path) for path in self.paths], "modules": self.modules, "excluded": self.excluded,
            "link": self.link, "preload": self.preload,
        }  # fmt: skip
        machine = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # would be carried
        return {**machine, "FN_BUILD_PLAN": json.dumps(plan), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}

    @classmethod
    def read(cls) -> Plan:
        plan = json.loads(os.environ["FN_BUILD_PLAN"])
        plan |= {name: Path(plan[name]) for name in ("stage", "work", "output")}
        return cls(**{**plan, "paths": [Path(path) for path in plan["paths"]]})
