"""The rules of docs/hosts/lambda.md as cases for any custom runtime, ours or not, black box. Runs them and judges."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..emulators.lambda_emulator import Answer, Lambda
from .isolated_host import ANY_JSON, LARGE, Result
from .rules import Finding, defect, risk

_REPEATS = 3
_TOLD = "tell one outcome for each event, in the form of the Runtime API"


def examine_lambda(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    document: bytes,
    failing: bytes | None,
    timeout: float,
) -> Iterator[Result]:
    """Do every case, and yield each when it is done. `failing`: an event that must end in an error, if one is known."""

    def function(**options: tuple[str, ...]) -> Lambda:
        return Lambda(command, environment.get("_HANDLER", ""), environment, timeout, **options)  # type: ignore[arg-type]

    with function() as given:
        yield _result("the given event, three times", given, [given.invoke(document) for _ in range(_REPEATS)])
    if failing is not None:
        with function() as failed:
            answers = [failed.invoke(failing), failed.invoke(document)]
            wrong = "return an error with the form of docs/hosts/lambda.md, L9"
            missing = [defect("L9", "the event that must fail has a result", wrong)] if not answers[0].error else []
            yield _result("the event that fails, then the given one", failed, answers, missing)
    with function() as any_type:
        yield _result("events of any type of JSON", any_type, [any_type.invoke(each) for each in (*ANY_JSON, LARGE)])
    with function(drops=("next", "response")) as lossy:
        answers = [lossy.invoke(document) for _ in range(2)]
        lossy.warnings[:] = [each for each in lossy.warnings if not each.startswith("a second outcome")]
        yield _result("connections that are lost", lossy, answers)
    with function() as asked:
        asked.invoke(document)
        status = asked.end(signal.SIGTERM) if asked.wait_until_ready() else 0  # what else is wrong was seen above
        fix = "end with status 0: nothing is under way"
        yield _result("SIGTERM", asked, [], [risk("L13", f"it ended with status {status}", fix)] if status else [])


def _result(name: str, function: Lambda, answers: Sequence[Answer], more: Sequence[Finding] = ()) -> Result:
    """Judge what was seen: a start for each crash is a risk, all that the service would not like a defect."""
    found = [*more, *(defect("L9", warning, _TOLD) for warning in function.warnings)]
    if any(answer.error_type == "" and answer.error for answer in answers):
        error = next(str((answer.error or {}).get("errorMessage")) for answer in answers if answer.error)
        found.append(defect("L14", f"an event was not answered by the function: {error}", _TOLD))
    elif function.starts > 1:
        found.append(risk("L14", f"it was started {function.starts} times", "keep the runtime alive after an error"))
    seen = [f"the error {answer.error['errorType']}" if answer.error else _brief(answer) for answer in answers]
    return Result(name, max(len(answers), 1), list(dict.fromkeys(seen)), list(dict.fromkeys(found)))


def _brief(answer: Answer) -> str:
    text = (answer.payload or b"").decode("utf-8", "replace")
    return f"an output: {text if len(text) <= 60 else f'{len(text)} characters'}"
