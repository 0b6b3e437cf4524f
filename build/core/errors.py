"""The error that stops a build."""

from __future__ import annotations


class BuildError(Exception):
    """A problem that stops the build, and advice: the next step for whoever reads it."""

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(problem)
        self.advice = advice
