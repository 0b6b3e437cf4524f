"""`python -m entry`."""

import sys

from .runtime.app import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
