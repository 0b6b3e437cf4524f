"""Make rows of the matrix: `python3 build test --packages [NAME...]`, all packages or the named ones."""

from __future__ import annotations

import argparse
import sys

from tests.packages.page import ratio, write_page
from tests.packages.row import keep, rows_of
from tests.packages.subject import names


def main(words: list[str]) -> int:
    """Return 1 if a package does not do its job."""
    parser = argparse.ArgumentParser(prog="python3 build test --packages")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a package of tests/packages/jobs (default: all)")
    parser.add_argument("--runs", type=int, default=11, metavar="N", help="starts of each kind (default: 11)")
    parser.add_argument("--together", action="store_true", help="all of them in one file, which takes less time")
    args = parser.parse_args(words)
    chosen = [name.replace("-", "_") for name in args.names] or names()
    if unknown := sorted({*chosen} - {*names()}):
        parser.error(f"no job for {', '.join(unknown)}; there are {', '.join(names())}")
    bad = []
    rows = (
        row
        for group in ([chosen] if args.together else [[name] for name in chosen])
        for row in rows_of(group, args.runs)
    )
    for name, row in rows:
        keep(name, row)
        times = f"{ratio(row):.2f} of a start in a venv" if "cpu" in row else ""
        print(f"{name:<24}{row.get('link', '-'):<10}{row.get('seconds', 0):>7} s  {times}", flush=True)
        for way, why in row["failed"].items():
            print(f"  {way}: {why}", flush=True)
        bad += [name] if row["failed"] else []
    write_page()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
