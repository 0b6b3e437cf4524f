"""Tools for authors' tests: invoke() runs a handler in process, Sidecar a built file as in production, Function either.

Lambda runs a built file as AWS Lambda does.

They are never part of the file dist/fn.
"""

from .decision import Decision, decide
from .function import Function
from .invocation import Outcome, invoke
from .lambda_emulator import Answer, Lambda
from .sidecar import Report, Sidecar

__all__ = ["Answer", "Decision", "Function", "Lambda", "Outcome", "Report", "Sidecar", "decide", "invoke"]
