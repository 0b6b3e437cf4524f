"""`python3 build conform` passes what keeps the contract and names what does not; each function here is a script."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build.core.errors import BuildError
from build.dev.target import Command, Image
from entry.testing.conformance.isolated_host import Result, examine
from entry.testing.conformance.observation import Observation, Observer
from tests.conftest import ROOT, Target
from tests.seccomp import UNSHARE, forbid

_ANNOUNCE = "printf '{\"a\":1}' > .new; mv .new output.json; : > done"
_GOOD = f": > out.log; {_ANNOUNCE}"


class _Function(Command):
    """A command that has ended when it is started, if that is what a case is about."""

    ends_first = False

    def start(self, exchange: Path, *, unprivileged: bool) -> subprocess.Popen[bytes]:
        process = super().start(exchange, unprivileged=unprivileged)
        if self.ends_first:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return process


class _Observer(Observer):
    """What depends on time comes as it should, however busy the machine is.

    A late sidecar is later than the end of a function that `ends`. One that is to be ended in its run is told so by a
    file, `asked`, and can go on until then.
    """

    asked: Path | None = None
    ends = False

    def observe(self, document: bytes, **options: Any) -> Observation:
        assert isinstance(self.function, _Function)
        self.function.ends_first = self.ends and "late" in options
        if self.asked:
            self.asked.unlink(missing_ok=True)
            if options.get("terminate_after") is not None:
                self.asked.touch()
        return super().observe(document, **options)


def _examine(
    script: str,
    *,
    timeout: float = 30,
    grace: float = 10,
    linger: float = 20,
    asked: Path | None = None,
    ends: bool = False,
) -> list[Result]:
    target = _Function(["/bin/sh", "-c", f'cd "${{FN_DATA_DIR:-/direktiv-data}}"; {script}'], {})
    observer = _Observer(target, timeout=timeout, grace=grace, linger=linger)
    observer.asked, observer.ends = asked, ends
    with target.prepared():
        return list(examine(observer, b'{"given":1}', None, as_other_user=target.can_be_another_user))


def _problems(results: list[Result], severity: str) -> set[str]:
    return {each.problem for result in results for each in result.findings if each.severity == severity}


def _failing(document: str) -> str:
    return f": > out.log; printf %s '{document}' > error.json; : > done"


DEFECTS = {
    "no done": (": > out.log; echo 1 > output.json", r"`done` is never created \(it exits with status 0\)"),
    "done first": (": > out.log; : > done; echo 1 > output.json", "`done` comes first: output.json is created after"),
    "msg": (_failing('{"code":"a.b","msg":"words"}'), r"the error has no message \(nobody reads its 'msg'\)"),
    "numeric code": (_failing('{"code":5,"message":"words"}'), "error.json is ignored, because code is not a string"),
    "half-written output": (
        ": > out.log; exec 3> output.json; printf '{\"a\":' >&3; : > done; printf '1}' >&3",
        "output.json is half written when `done` is created",
    ),
    "cut output": (": > out.log; printf '{\"a\":' > output.json; : > done", "the output is half written: it ends in"),
    "both files": (": > out.log; : > output.json; " + _failing('{"code":"a","message":"b"}'), "both output.json and"),
    "log never created": (_ANNOUNCE, "the log is never created"),
    "late log": (f"{_ANNOUNCE}; : > out.log", "the log is created late, after output.json"),
    "exit status": (f"{_GOOD}; exit 3", "it exits with status 3, which is not zero: the job is started again"),
    "signal": (f"{_GOOD}; kill -SEGV $$", "SIGSEGV ends it, which is not zero"),
    "partial lines": (
        f": > out.log; printf half >> out.log; sleep 0.2; echo ' a line' >> out.log; {_ANNOUNCE}",
        "the log has partial lines: they are read before they are whole",
    ),
    "not UTF-8": (rf"printf 'a\377\n' > out.log; {_ANNOUNCE}", "the log has lines that are not valid UTF-8"),
    "neither file": (": > out.log; : > done", "neither output.json nor error.json is there"),
    "a link": (": > out.log; ln -s /etc/hostname output.json; : > done", "output.json is a link, which leads nowhere"),
    "bom": (_failing('\ufeff{"code":"a","message":"b"}'), "error.json is ignored, because not JSON"),
    "a name": (f": > vars/out/workflow/no-name; {_GOOD}", "variable 'no-name' in workflow has no valid name"),
    "runs on": (f"{_GOOD}; sleep 0.3", r"it runs on after `done`"),
}  # fmt: skip


# What follows from some of them, depending on when the emulator comes to look, or SIGTERM to end a run.
_CONSEQUENCES = {
    "done first": "neither output.json nor error.json is there",
    "half-written output": "the output is half written: it ends in the middle",
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_named_and_no_other(name: str) -> None:
    script, words = DEFECTS[name]
    results = _examine(script, linger=0.2 if name == "runs on" else 20)
    problems = _problems(results, "defect")
    assert any(re.search(words, problem) for problem in problems), results
    expected = f"{words}|{_CONSEQUENCES[name]}" if name in _CONSEQUENCES else words
    assert [problem for problem in problems if not re.search(expected, problem)] == []


def test_sigterm_that_is_ignored_is_a_defect(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    script = f"trap '' TERM; : > out.log; if [ -e {asked} ]; then exec sleep 1000; fi; {_ANNOUNCE}"
    results = _examine(script, grace=0.1, asked=asked)
    assert _problems(results, "defect") == {"it ignores SIGTERM: it still ran 0.1 s later and had to be killed"}


def test_sigterm_that_would_be_ignored_is_seen_even_when_the_run_ends_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, send = tmp_path / "asked", signal.pidfd_send_signal

    def send_and_let_go_on(process: int, number: int) -> None:
        send(process, number)
        asked.unlink()

    monkeypatch.setattr(signal, "pidfd_send_signal", send_and_let_go_on)
    script = f"trap '' TERM; : > out.log; while [ -e {asked} ]; do sleep 0.01; done; {_ANNOUNCE}"
    results = _examine(script, grace=60, asked=asked)
    assert _problems(results, "defect") == {"it ignores SIGTERM: nothing but SIGKILL can end it early"}


def test_a_server_is_a_defect() -> None:
    problems = _problems(_examine(": > out.log; exec sleep 60", timeout=0.2), "defect")
    assert problems - {"the log is never created"} == {  # on a busy machine it is ended before it has begun
        "it does not end by itself: it had to be ended", "`done` is never created"
    }  # fmt: skip


def test_what_is_right_and_unwise_is_a_risk() -> None:
    results = _examine(f"echo words; {_GOOD}; : > temporary; chmod 600 output.json", ends=True)
    assert _problems(results, "defect") == set()
    for words in (
        "writes to stdout or stderr", "leaves temporary there", "output.json has mode 0600", "not seen by a sidecar",
        "after a run that was cut off: both output.json and error.json",
    ):  # fmt: skip
        assert any(words in problem for problem in _problems(results, "risk")), words


def test_each_finding_names_a_rule_or_section_of_the_contract() -> None:
    page = (ROOT / "docs" / "contract.md").read_text()
    places = {f"rule {number}" for number in re.findall(r"^\| (\d) \|", page, re.MULTILINE)}
    places |= set(re.findall(r"^## (.+)$", page, re.MULTILINE))
    cases = ROOT / "entry" / "testing" / "conformance"
    source = "".join((cases / name).read_text() for name in ("rules.py", "isolated_host.py"))
    named = re.findall(r'\b(?:defect|risk)\("([^"]+)"', source)
    assert len(named) > 20
    assert set(named) <= places


def _conform(
    *words: str | Path, directory: Path = ROOT, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "build"), "conform", *map(str, words)]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, preexec_fn=before)


def test_our_function_passes(target: Target, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    variables = [f"{name}={value}" for name, value in target.environment.items()]
    options = [*(f"--env={variable}" for variable in variables), "--input", '{"lines":20}', "--failing", "[]"]
    done = _conform(*options, "--json", report, *target.command, "talk", directory=target.directory)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text())
    assert found["defects"] == 0
    assert [result["seen"] for result in found["cases"]][:2] == [
        ["the output 20"],
        ['the error fn.input.mismatch: "$: expected object, got array"'],
    ]
    problems = {each["problem"] for result in found["cases"] for each in result["findings"]}
    assert problems <= {"`done` is not seen by a sidecar that begins to watch 100 ms after the start"}


def test_a_defect_is_reported_with_status_1(tmp_path: Path) -> None:
    script = tmp_path / "function"
    script.write_text(f"#!/bin/sh\ncd /direktiv-data\n{_failing('{}')}\n")
    script.chmod(0o755)
    done = _conform(script)
    assert done.returncode == 1, done.stderr
    assert "defect, rule 4: error.json is ignored, because neither code nor message is set" in done.stdout
    assert "the workflow sees an empty text as output" in done.stdout
    assert "1 defect, " in done.stdout


def test_where_nothing_can_be_mounted_the_exchange_is_named() -> None:
    """As root in a container without capabilities."""
    done = _conform("/bin/sh", "-c", f'cd "$FN_DATA_DIR"; {_GOOD}', before=forbid(UNSHARE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the exchange is where FN_DATA_DIR says" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "which function is to be examined?"),
        (("/no/such/program",), "/no/such/program is no program that can be started"),
        (("--env", "A", "true"), "--env: expected NAME=VALUE"),
        (("--input", "@/no/such", "true"), "--input: /no/such is not a file"),
    ],
)
def test_words_that_make_no_sense(words: tuple[str, ...], said: str) -> None:
    done = _conform(*words)
    assert done.returncode == 1
    assert said in done.stderr


def test_an_image_needs_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BuildError, match="docker is not installed"), Image("example/fn:1.0", [], {}).prepared():
        pass


def test_an_image_needs_a_daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\necho 'Client: 1.0'\necho 'Cannot connect to unix:///none' >&2\nexit 1\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError) as caught, Image("example/fn:1.0", [], {}).prepared():
        pass
    assert str(caught.value) == "Docker does not answer: Cannot connect to unix:///none"
    assert "start its daemon" in caught.value.advice
