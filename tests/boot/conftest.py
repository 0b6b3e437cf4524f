"""What the tests of the host of HTTP share."""

from tests.boot.serving import program, start

__all__ = ["program", "start"]
