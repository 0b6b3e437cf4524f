"""What the tests of deploy/ share: the manifests as the published schemas judge them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from build.core.cache import digest, made_once
from build.core.paths import CACHE
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
PINS = Path(__file__).with_name("pins.txt")
Judged = dict[str, list[dict[str, Any]]]


def judge(*files: Path) -> Judged:
    """What judge.py says, run with packages of its own."""
    packages = made_once(CACHE / "schemas" / digest([PINS, sys.version])[:16], _install)
    command = [sys.executable, "-P", str(PINS.with_name("judge.py")), *map(str, files)]
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    found: Judged = json.loads(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
    return found


def _install(packages: Path) -> None:
    words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
    words += ["--require-hashes", "--only-binary", ":all:", "--target", str(packages), "-r", str(PINS)]
    subprocess.run([sys.executable, *words], check=True)


@pytest.fixture(scope="session")
def judged() -> Judged:
    """All of deploy/."""
    return judge(*sorted(DEPLOY.glob("*.yaml")))


def documents(judged: Judged, name: str) -> list[dict[str, Any]]:
    return [each["document"] for each in judged[name]]


def handlers() -> list[str]:
    listed = subprocess.run(
        [sys.executable, "-m", "entry", "--list"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.split()
