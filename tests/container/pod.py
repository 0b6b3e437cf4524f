"""Runs the pod of a manifest with an engine, as a kubelet would: volumes, users, limits and order, but no cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.container.engine import Engine


@dataclass(frozen=True)
class Ended:
    """How a container ended: its exit status, what it left as its termination message, and what it printed."""

    status: int
    message: str
    printed: str


def run_pod(
    engine: Engine, pod: dict[str, Any], folder: Path, files: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, Ended]:
    """First the init containers, one by one, then the others at the same time; all by name.

    `folder` gets the volumes; `files` are those of every config map, `variables` those of every container.
    """
    places = {volume["name"]: _volume(volume, folder, files) for volume in pod["volumes"]}
    ended = {}
    for container in pod["initContainers"]:
        process = _start(engine, pod, container, folder, places, variables)
        ended[container["name"]] = _end(process, folder, container)
        assert ended[container["name"]].status == 0, ended
    started = [(_start(engine, pod, each, folder, places, variables), each) for each in pod["containers"]]
    return ended | {container["name"]: _end(process, folder, container) for process, container in started}


def _volume(volume: dict[str, Any], folder: Path, files: Mapping[str, str]) -> Path:
    place = folder / "volumes" / str(volume["name"])
    place.mkdir(parents=True, exist_ok=True)
    if "configMap" in volume:
        for name, text in files.items():
            (place / name).write_text(text)
    else:
        place.chmod(0o777)
    return place


def _start(
    engine: Engine,
    pod: dict[str, Any],
    container: dict[str, Any],
    folder: Path,
    places: Mapping[str, Path],
    variables: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    message = folder / f"message-{container['name']}"
    message.touch()
    message.chmod(0o666)
    security = {**pod["securityContext"], **container["securityContext"]}
    options = [f"--user={security['runAsUser']}:{security['runAsGroup']}", "--network=none"]
    options += [f"--cap-drop={each}" for each in security["capabilities"]["drop"]]
    options += ["--read-only"] if security["readOnlyRootFilesystem"] else []
    options += [] if security["allowPrivilegeEscalation"] else ["--security-opt=no-new-privileges"]
    options += [f"--memory={container['resources']['limits']['memory'].removesuffix('i').lower()}"]
    options += [f"--env={name}={value}" for name, value in variables.items()]
    options += [f"--volume={message}:/dev/termination-log"]
    for mount in container["volumeMounts"]:
        kind = "ro" if mount.get("readOnly") else "rw"
        options.append(f"--volume={places[mount['name']]}:{mount['mountPath']}:{kind}")
    program, *words = container.get("command", [""])
    options += [f"--entrypoint={program}"] if program else []
    command = engine.words("run", "--rm", *options, container["image"], *words, *container.get("args", []))
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _end(process: subprocess.Popen[bytes], folder: Path, container: dict[str, Any]) -> Ended:
    printed, _ = process.communicate(timeout=120)
    message = (folder / f"message-{container['name']}").read_text()
    return Ended(process.returncode, message, printed.decode())
