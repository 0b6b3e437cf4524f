"""Use the container engine of this machine, docker or podman, through its command line. Build nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

from build.core.process import run


class Engine:
    """A running container engine."""

    def __init__(self, client: str) -> None:
        self._client = client

    @classmethod
    def find(cls) -> Engine | None:
        """Return the first engine that answers, or None."""
        for client in ("docker", "podman"):
            try:
                done = subprocess.run([client, "version"], capture_output=True, check=False, timeout=10)
            except (FileNotFoundError, subprocess.TimeoutExpired):
                continue
            if done.returncode == 0:
                return cls(client)
        return None

    def load(self, archive: Path) -> str:
        """Load the archive of an image, and return what the engine prints."""
        return run([self._client, "load", "-q", "-i", archive], what=f"{self._client} load").strip().splitlines()[-1]

    def save(self, name: str, target: Path) -> Path:
        """Write an image to an archive, and pull it first if the engine does not have it."""
        if not run([self._client, "image", "ls", "-q", name], what=f"{self._client} image ls").strip():
            run([self._client, "pull", "-q", name], what=f"fetching {name}")
        run([self._client, "save", "-o", target, name], what=f"{self._client} save {name}")
        return target
