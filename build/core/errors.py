"""What stops the build."""

from __future__ import annotations


class BuildError(Exception):
    """What stopped the build, and what to do about it."""

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(problem)
        self.advice = advice
