"""Run by a handler as a program of its own."""

import sys
from pathlib import Path

import neighbour  # type: ignore[import-not-found]  # beside it

print(Path(sys.argv[0]).name, Path(__file__).name, neighbour.WORD, *sys.argv[1:])
