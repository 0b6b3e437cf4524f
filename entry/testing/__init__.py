"""Tools for authors' tests: invoke() runs a handler in process, Sidecar a built file as in production, Function either.

Lambda runs a built file as AWS Lambda does.

They are never part of the file dist/fn.
"""

from .emulators.decision import Decision, decide
from .emulators.direktiv import Call, Direktiv
from .emulators.knative import Delivery, Knative
from .emulators.lambda_emulator import Answer, Lambda
from .emulators.sidecar import Report, Sidecar
from .function import Function
from .invocation import Outcome, invoke

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
