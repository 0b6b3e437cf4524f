"""Tools for authors' tests: invoke() runs a handler in process, Sidecar a built file as in production, Function either.

Lambda runs a built file as AWS Lambda does.

They are never part of the file dist/fn.
"""

from .decision import Decision, decide
from .direktiv import Call, Direktiv
from .function import Function
from .invocation import Outcome, invoke
from .knative import Delivery, Knative
from .lambda_emulator import Answer, Lambda
from .sidecar import Report, Sidecar

__all__ = [
    "Answer",
    "Call",
    "Decision",
    "Delivery",
    "Direktiv",
    "Function",
    "Knative",
    "Lambda",
    "Outcome",
    "Report",
    "Sidecar",
    "decide",
    "invoke",
]
