"""What the tests of the host of HTTP share."""

from tests.boot.serving import clock, program, start

__all__ = ["clock", "program", "start"]
