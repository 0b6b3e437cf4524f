"""What a handler's author imports: handler, Context, FunctionError, on_start. Nothing else is public."""

from .context import Context
from .errors import FunctionError
from .registry import handler, on_start

__all__ = ["Context", "FunctionError", "__version__", "handler", "on_start"]

__version__ = "0.1.0"
