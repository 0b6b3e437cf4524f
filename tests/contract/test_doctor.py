"""`--doctor`: what a container offers, with the fix for each thing that is missing."""

from __future__ import annotations

import subprocess
from pathlib import Path

from entry.testing.variables import prepare
from tests.conftest import Target


def _ask(target: Target, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*target.command, "--doctor", *words], env={**target.environment, **environment}, cwd=target.directory,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_all_is_well(target: Target, exchange: Path) -> None:
    (exchange / "input.json").write_text("{}")
    told = _ask(target, FN_DATA_DIR=str(exchange))
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"ok    exchange    {exchange} can be written, and holds an input" in told.stdout
    for topic in ("user", "variables", "memory", "processors", "temporary", "TLS", "DNS", "zones"):
        assert f"  {topic:<10}  " in told.stdout
    assert "several handlers: name one" in told.stdout
    boot = "cold: FN_COLD is set" if target.is_cold else "warm: restored from the snapshot"
    assert f"boot        {boot if target.is_file else 'from source'}" in told.stdout
    assert [path.name for path in exchange.iterdir()] == ["input.json"]


def test_a_missing_exchange_comes_with_its_fix(target: Target, exchange: Path) -> None:
    told = _ask(target, "--data", str(exchange / "none"))
    assert told.returncode == 1
    assert f"fix   exchange    {exchange / 'none'} does not exist" in told.stdout
    assert "FN_DATA_DIR" in told.stdout
    (exchange / "none").touch()
    assert "none is no directory" in _ask(target, "--data", str(exchange / "none")).stdout


def test_a_handler_that_is_not_there(target: Target, exchange: Path) -> None:
    told = _ask(target, "valeu", FN_DATA_DIR=str(exchange))
    assert told.returncode == 1
    assert "fix   handler     no handler is named 'valeu' (did you mean 'value'?)" in told.stdout
    assert "ok    handler     value\n" in _ask(target, "value", FN_DATA_DIR=str(exchange)).stdout


def test_an_input_that_cannot_be_read(target: Target, exchange: Path) -> None:
    (exchange / "input.json").symlink_to("/etc/hostname")
    told = _ask(target, FN_DATA_DIR=str(exchange))
    assert told.returncode == 1
    assert "fix   exchange    input.json: it is a symbolic link" in told.stdout


def test_variables_that_lead_nowhere(target: Target, exchange: Path) -> None:
    told = _ask(target, FN_DATA_DIR=str(exchange), TZ="No/Such", SSL_CERT_FILE="/no/such").stdout
    assert "note  zones       TZ is No/Such, which is not there" in told
    assert "note  TLS         SSL_CERT_FILE is /no/such, which holds none" in told


def test_who_may_not_use_variables(file: Target, exchange: Path) -> None:
    """Changes the user: needs root."""
    prepare(exchange, {})
    for folder in (exchange, *exchange.parents[:3], *Path(file.command[0]).parents):
        if folder != Path("/") and folder.stat().st_uid == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    told = subprocess.run(
        ["setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", *file.command, "--doctor"],
        env={**file.environment, "FN_DATA_DIR": str(exchange)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    assert "ok    user        65532, group 65532\n" in told.stdout
    assert "note  variables   not for user 65532" in told.stdout
    assert "--user 0:0" in told.stdout
    assert "--build-arg RUN_AS=0:0" in told.stdout


def test_a_wrong_setting_is_named(target: Target, exchange: Path) -> None:
    told = _ask(target, FN_DATA_DIR=str(exchange), FN_TIMEOUT="soon")
    assert told.returncode == 1
    assert "FN_TIMEOUT: expected seconds" in told.stdout


def test_a_finished_run_is_noted(target: Target, exchange: Path) -> None:
    (exchange / "done").touch()
    told = _ask(target, FN_DATA_DIR=str(exchange))
    assert "note  exchange" in told.stdout
    assert "holds a finished run" in told.stdout


def test_an_empty_root_lacks_what_some_handlers_need(file: Target, tmp_path: Path) -> None:
    """Changes root: needs root."""
    root = tmp_path / "root"
    (root / "direktiv-data").mkdir(parents=True)
    (root / "fn").write_bytes(Path(file.command[0]).read_bytes())
    (root / "fn").chmod(0o755)
    told = subprocess.run(
        ["/usr/sbin/chroot", root, "/fn", "--doctor"], env=dict(file.environment), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    for words in ("no certificates", "no /etc/resolv.conf", "no database", "no directory can be written"):
        assert words in told.stdout
    assert (
        "machine     there is no /dev/null, no /dev/urandom, no user 0 in /etc/passwd, no HOME: the file" in told.stdout
    )
