"""Nothing of one request can be seen by another, however hard each handler tries: memory, environment, files ..."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

from entry.testing import Knative
from tests.conftest import Target

_NOBODY = ("setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", "--bounding-set=-all", "--no-new-privs")


def _looks(file: Target, *words: str, prefix: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    environment = {"PATH": "/usr/bin:/usr/sbin", **file.environment}
    mark = secrets.token_hex(8)
    with Knative([*prefix, *file.command, "serve", "spy", "--spares", "3", *words], environment) as knative:
        try:
            answers = [knative.post({}, json.dumps(f"{mark}-{number}").encode()).answer for number in range(8)]
        finally:
            for left in Path("/tmp").glob(f"fn-spy-{mark}-*"):
                left.unlink()
    assert [answer.status for answer in answers] == [200] * 8
    return [json.loads(answer.body) for answer in answers]


def _assert_alone(looks: list[dict[str, Any]]) -> None:
    assert len({look.pop("number") for look in looks}) == len(looks)
    for look in looks:
        seen = {name: look[name] for name in ("memory", "environment", "descriptors", "threads")}
        assert seen == {"memory": [], "environment": None, "descriptors": [], "threads": 1}
        assert look["directory"] != "/tmp"


def test_each_request_is_alone(file: Target) -> None:
    """But for /tmp, which all share unless it is asked for otherwise."""
    looks = _looks(file)
    _assert_alone(looks)
    assert any(look["tmp"] for look in looks[1:])


@pytest.mark.parametrize("prefix", [(), _NOBODY], ids=["root", "user"])
def test_each_request_has_a_tmp_of_its_own(file: Target, prefix: tuple[str, ...]) -> None:
    """As root, and by a namespace of users for others."""
    for folder in Path(file.command[0]).parents:
        if folder != Path("/") and folder.stat().st_uid == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    looks = _looks(file, "--private-tmp", prefix=prefix)
    _assert_alone(looks)
    assert [look["tmp"] for look in looks] == [[]] * 8


def test_a_tmp_that_cannot_be_had_is_refused(file: Target) -> None:
    """Where namespaces of users are forbidden, as containers forbid them."""
    without = (
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"',
        "sh",
    )
    nothing = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
    done = subprocess.run(
        [*without, *nothing, *file.command, "serve", "--private-tmp", "--port", "0"],
        env={"PATH": "/usr/bin:/usr/sbin:/bin", **file.environment}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"fn: serve: --private-tmp needs root that may mount, or namespaces of users: ")
