"""Prints what a start of a portable file costs, and `import numpy` in it: processor time, as docs/links.md has it.

    .venv/bin/python -m tests.portable.cost

Processor time and not the clock, so that other work on the machine disturbs less. Is no test: nothing fails here.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from build.make import make
from build.requirements import author_packages
from build.steps import CACHE

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE.parent / "packages" / "requirements.txt"
_RUNS = 51


def _run(words: list[str | Path], environment: Mapping[str, str]) -> float:
    """Milliseconds of processor time of one run, of the program and of the kernel for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, env=environment, check=True, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> None:
    target = CACHE / "tests"
    cold = make(_HERE / "plain", None, target / "fn-cost-static", link="static")
    plain = make(_HERE / "plain", None, target / "fn-cost-portable", link="portable")
    native = make(_HERE / "native", _REQUIREMENTS, target / "fn-cost-native")
    python = {"PYTHONPATH": str(author_packages(_REQUIREMENTS))}
    with tempfile.TemporaryDirectory() as folder:
        exchange = Path(folder)
        programs: dict[str, tuple[list[str | Path], dict[str, str]]] = {
            "static, cold": ([cold], {"FN_DATA_DIR": folder, "FN_COLD": "1"}),
            "portable": ([plain], {"FN_DATA_DIR": folder}),
            "portable, numpy": ([native], {"FN_DATA_DIR": folder}),
            "python": ([sys.executable, "-c", "pass"], python),
            "python, numpy": ([sys.executable, "-c", "import numpy"], python),
        }
        times: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(_RUNS):
            for name, (words, environment) in programs.items():
                for left in exchange.iterdir():
                    left.unlink()
                (exchange / "input.json").write_text(json.dumps({}))
                times[name].append(_run(words, environment))
                if "FN_DATA_DIR" in environment and not (exchange / "output.json").exists():
                    sys.exit(f"{name}: {(exchange / 'error.json').read_text()}")
    median = {name: statistics.median(found) for name, found in times.items()}
    print(f"\n| program | ms of processor time |\n|---|---:|\n{_rows(median)}")
    adds = [median[f"{name}, numpy"] - median[name] for name in ("portable", "python")]
    print(f"\nportable takes {median['portable'] / median['static, cold']:.1f} times a cold start of the static link.")
    print(
        f"`import numpy` adds {adds[0]:.0f} ms to it, and {adds[1]:.0f} ms to the interpreter in a virtual environment."
    )


def _rows(median: Mapping[str, float]) -> str:
    return "\n".join(f"| {name} | {value:.1f} |" for name, value in median.items())


if __name__ == "__main__":
    main()
