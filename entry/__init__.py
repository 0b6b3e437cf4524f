"""What a handler's author imports: handler, Context, FunctionError, on_start. Nothing else is public."""

import builtins
import sys

from .api.context import Context
from .api.errors import FunctionError
from .api.registry import handler
from .api.start import on_start

__all__ = ["Context", "FunctionError", "__version__", "handler", "on_start"]

__version__ = "0.1.0"

if not hasattr(builtins, "exit"):  # the module site has others, for a prompt: it runs neither in a file nor in a build
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
