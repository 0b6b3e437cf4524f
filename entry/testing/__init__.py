"""For authors' tests: invoke() runs a handler in process, Sidecar runs a built file as production does.

Never part of the file dist/fn.
"""

from .decision import Decision, decide
from .invocation import Outcome, invoke
from .sidecar import Report, Sidecar

__all__ = ["Decision", "Outcome", "Report", "Sidecar", "decide", "invoke"]
