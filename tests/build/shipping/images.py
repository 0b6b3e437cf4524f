"""Have `python3 build image` write an image, and read it with nothing of the build's."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT


@dataclass(frozen=True)
class Written:
    """An archive as `docker save` makes them, read with nothing of the build's."""

    path: Path

    def member(self, name: str) -> bytes:
        with tarfile.open(self.path) as archive:
            content = archive.extractfile(name)
            assert content is not None
            return content.read()

    def blob(self, descriptor: dict[str, Any]) -> bytes:
        return self.member("blobs/" + descriptor["digest"].replace(":", "/"))

    @property
    def manifest(self) -> dict[str, Any]:
        (found,) = json.loads(self.member("manifest.json"))
        return dict(found)

    @property
    def config(self) -> dict[str, Any]:
        return dict(json.loads(self.member(self.manifest["Config"])))

    def layer(self, number: int = -1) -> tarfile.TarFile:
        return tarfile.open(fileobj=io.BytesIO(self.member(self.manifest["Layers"][number])))

    def unpack(self, root: Path) -> Path:
        for number in range(len(self.manifest["Layers"])):
            self.layer(number).extractall(root)  # noqa: S202  (our own)
        return root


def write_image(*words: str | Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    nowhere = {"DOCKER_HOST": "unix:///nowhere", "CONTAINER_HOST": "unix:///nowhere"}  # no engine shall answer
    command = [sys.executable, str(ROOT / "build"), "image", *map(str, words)]
    environment = {**os.environ, **nowhere, **(environment or {})}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def written(folder: Path, *words: str | Path, environment: dict[str, str] | None = None) -> Written:
    made = write_image(
        *words, "--output", folder / "fn", "--archive", folder / "image.tar", environment=environment,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "no engine answers here; load it with docker load -i" in made.stdout
    return Written(folder / "image.tar")
