"""The contract as cases for any isolated function, ours or not, black box. Runs them; rules.py judges each run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .observation import Observation, Observer
from .rules import Finding, defect, judge, risk, seen

ANY_JSON = (b"{}", b"[]", b'"text"', b"3", b"-0.5", b"true", b"null", b'{"a":"\\u003c","\xc3\xa4":[1,{"b":null}]}')
LARGE = b'{"text":"%s"}' % (b"x" * (1 << 20))
_REPEATS = 3
_LATE = 0.1  # seconds
_STALE = {
    "out.log": b"a line of an earlier run\n",
    "output.json": b'"an output of an earlier run"',
    "error.json": b'{"code":"stale.error","message":"an error of an earlier run"}',
}


@dataclass(frozen=True, slots=True)
class Result:
    """One case: its runs, what the workflow saw (each sight once), and what was found (each finding once)."""

    name: str
    runs: int
    seen: list[str]
    findings: list[Finding]


def examine(observer: Observer, document: bytes, failing: bytes | None, *, as_other_user: bool) -> Iterator[Result]:
    """Do every case, and yield each when it is done. `failing`: an input that must end in an error, if one is known."""
    given = [observer.observe(document) for _ in range(_REPEATS)]
    yield _result("the given input", [(run, judge(run)) for run in given])
    if failing is not None:
        run = observer.observe(failing)
        yield _result("the input that fails", [(run, _failing(run))])
    yield _result("input of any type of JSON", [(run, judge(run)) for run in map(observer.observe, ANY_JSON)])
    run = observer.observe(LARGE)
    yield _result("an input of 1 MiB", [(run, judge(run))])
    unlogged = given[0].appeared("out.log") is None  # nothing tells when such a function is up
    run = observer.observe(document, terminate_after=given[0].report.seconds / 2 if unlogged else observer.timeout)
    yield Result("SIGTERM while it runs", 1, [_seen_of_termination(run)], _terminated(run, observer.grace))
    run = observer.observe(document, late=_LATE)
    yield _result(f"a sidecar that watches {_LATE * 1e3:.0f} ms late", [(run, _late(run))])
    run = observer.observe(document, stale=_STALE)
    yield _result("files of an earlier run", [(run, list(_as_risks(judge(run), "after a run that was cut off")))])
    if as_other_user:
        run = observer.observe(document, unprivileged=True)
        yield _result("as user 65532", [(run, list(_as_risks(judge(run), "as another user than root")))])


def _result(name: str, judged: list[tuple[Observation, list[Finding]]]) -> Result:
    sights = dict.fromkeys(seen(run) for run, _ in judged)
    return Result(name, len(judged), list(sights), list(dict.fromkeys(each for _, found in judged for each in found)))


def _failing(run: Observation) -> list[Finding]:
    found, decision = judge(run), run.report.decision
    if decision is not None and decision.kind == "success" and not found:
        problem = "the input that must fail ends in a success"
        found.append(defect("rule 4", problem, "write error.json with code and message"))
    return found


def _terminated(run: Observation, grace: float) -> list[Finding]:
    """Accept an announcement or an end: nobody waits for the outcome of a run that was cancelled."""
    termination = run.termination
    if termination is None or not termination.sent:
        return judge(run)
    found = judge(run) if run.appeared("done") is not None else []
    fix = "handle SIGTERM: write an error, create `done` and exit"
    if termination.seconds is None:
        problem = f"it ignores SIGTERM: it still ran {grace:g} s later and had to be killed"
        found = [defect("The end", problem, fix)]
    elif termination.ignored:
        found.append(defect("The end", "it ignores SIGTERM: nothing but SIGKILL can end it early", fix))
    elif termination.handled is False:
        problem = "it has no handler for SIGTERM: as process 1 of a container it never gets it"
        found.append(risk("The end", problem, fix))
    return found


def _seen_of_termination(run: Observation) -> str:
    if run.termination is None or not run.termination.sent:
        return f"{seen(run)} (it had ended before SIGTERM came)"
    if run.report.decision is None:
        return "nothing, and expects nothing of a run that is cancelled"
    return seen(run)


def _late(run: Observation) -> list[Finding]:
    if run.report.decision is not None or run.appeared("done") is None:
        return []
    problem = f"`done` is not seen by a sidecar that begins to watch {_LATE * 1e3:.0f} ms after the start"
    fix = "announce again by renaming a new `done` over it, for a while (fn: --linger or FN_LINGER)"
    return [risk("Done", problem, fix)]


def _as_risks(found: Iterable[Finding], when: str) -> Iterator[Finding]:
    """Yield what breaks no rule, since production does not do it: new runs have a new exchange, and root is default."""
    for finding in found:
        yield replace(finding, severity="risk", problem=f"{when}: {finding.problem}")
