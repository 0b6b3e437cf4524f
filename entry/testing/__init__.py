"""Tools for authors' tests: invoke() runs a handler in process, Sidecar a built file as in production, Function either.

They are never part of the file dist/fn.
"""

from .decision import Decision, decide
from .function import Function
from .invocation import Outcome, invoke
from .sidecar import Report, Sidecar

__all__ = ["Decision", "Function", "Outcome", "Report", "Sidecar", "decide", "invoke"]
