"""One diagnostic of `python3 build check`: a place, what is wrong there, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Diagnostic:
    """`severity` is "error" for what would fail in production or stop the build, else "warning"."""

    file: str
    line: int
    severity: str
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.problem}\n    {self.fix}"
