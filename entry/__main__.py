"""`python -m entry`: a run from source."""

import sys

from .runtime.source import main

if __name__ == "__main__":
    sys.exit(main())
