"""Examine an isolated function, a command or an image, by the cases of the contract (`python3 build conform`).

Print what a workflow would have seen, the broken rule, and the fix. entry/testing/conformance/ has the cases.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic

from build.core.console import counted
from build.dev.target import Target
from entry.testing.conformance.isolated_host import Result, examine
from entry.testing.conformance.lambda_host import examine_lambda
from entry.testing.conformance.observation import Observer
from entry.testing.conformance.rules import Finding

_SHOWN = 3  # different sights of one case


def conform(target: Target, document: bytes, failing: bytes | None, timeout: float, report: Path | None) -> int:
    """Run every case and print the results, to `report` as JSON; return 1 if there is a defect."""
    observer = Observer(target, timeout=timeout)
    as_other_user = target.can_be_another_user
    with target.prepared():
        results = examine(observer, document, failing, as_other_user=as_other_user)
        left_out = "" if as_other_user else "left out as user 65532: only root can start it as another user"
        return report_results(str(target), target.surroundings, document, results, report, left_out)


def conform_lambda(
    argv: Sequence[str], variables: Mapping[str, str], document: bytes, failing: bytes | None, timeout: float,
    report: Path | None,
) -> int:  # fmt: skip
    """Do the same for a runtime of AWS Lambda, against the emulator of its API."""
    cases = examine_lambda(argv, variables, document, failing, timeout)
    return report_results(shlex.join(argv), "against an emulator of the Runtime API", document, cases, report)


def report_results(
    name: str, surroundings: str, document: bytes, examined: Iterable[Result], report: Path | None, left_out: str = ""
) -> int:
    """Print the results of cases as they come, to `report` as JSON; return 1 if there is a defect."""
    print(f"\nconform {name}    input: {_brief(document)}\n  {surroundings}\n", flush=True)
    started, results, known = monotonic(), list[Result](), set[Finding]()
    for result in examined:
        print(_shown(result, known), flush=True)
        results.append(result)
        known.update(result.findings)
    for note in filter(None, (left_out, _unseen(results))):
        print(f"  {note}")
    defects, risks = (sum(each.severity == severity for each in known) for severity in ("defect", "risk"))
    verdict = f"\n{counted(defects, 'defect')}, {counted(risks, 'risk')}"
    runs = counted(sum(each.runs for each in results), "run")
    print(f"{verdict} in {runs}, {monotonic() - started:.1f} s", flush=True)
    if report:
        everything = {"function": name, "defects": defects, "risks": risks, "cases": list(map(asdict, results))}
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(everything, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(defects > 0)


def _brief(document: bytes) -> str:
    text = document.decode("utf-8", "replace")
    return text if len(text) <= 60 and text.isprintable() else f"{len(document)} bytes"


def _shown(result: Result, known: set[Finding]) -> str:
    """Format the result of a case; repeat no advice."""
    mark = max((each.severity for each in result.findings), key=["risk", "defect"].index, default="ok")
    lines = [f"  {mark:<8} {result.name}{f', {result.runs} runs' if result.runs > 1 else ''}"]
    lines += [f"{'':11}the workflow sees {sight}" for sight in result.seen[:_SHOWN]]
    if len(result.seen) > _SHOWN:
        lines.append(f"{'':11}... and {len(result.seen) - _SHOWN} outcomes more")
    for each in result.findings:
        lines.append(f"{'':11}{each.severity}, {each.rule}: {each.problem}")
        lines += [f"{'':13}do: {each.fix}"] if each not in known else []
    return "\n".join(lines)


def _unseen(results: list[Result]) -> str:
    """Format what no run has shown, and was thus not examined."""
    sights = [sight for result in results for sight in result.seen]
    if not any(" output" in sight for sight in sights):
        return "note: no run ended in an output; give an input that works with --input"
    if not any(sight.startswith("the error") for sight in sights):
        return "note: no run ended in an error; give an input that must, with --failing"
    return ""
