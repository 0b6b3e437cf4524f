"""What `python3 build image` writes: contents, configuration, labels, sizes, the same bytes again. Runs no engine."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard

from entry import __version__
from entry.testing import Sidecar
from tests.build.shipping.images import Written, write_image, written
from tests.conftest import ROOT

_CLOCK = """\"\"\"Says what time it is somewhere.\"\"\"

from zoneinfo import ZoneInfo

from entry import handler
from handlers.lib import noon


@handler
def clock(data: str) -> str:
    return noon.at(ZoneInfo(data))
"""
_NOON = (
    "from datetime import datetime\n\n\ndef at(zone):\n    return datetime(2026, 7, 1, 12, tzinfo=zone).isoformat()\n"
)


@pytest.fixture(scope="module")
def handlers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's own handlers and one that uses zones and a module of its own; a repository of git's."""
    made = tmp_path_factory.mktemp("repository") / "handlers"
    shutil.copytree(ROOT / "handlers", made)
    (made / "clock.py").write_text(_CLOCK)
    (made / "lib").mkdir()
    (made / "lib" / "noon.py").write_text(_NOON)
    names = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], [*names, "commit", "-q", "-m", "handlers"]):
        subprocess.run(["git", "-C", str(made), *words], check=True)
    return made


@pytest.fixture(scope="module")
def one(handlers: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The image of one handler."""
    folder = tmp_path_factory.mktemp("one")
    words = ("--handlers", handlers, "--handler", "greet", "--tag", "example/greet:1", "--default", "greet")
    return written(folder, *words, "--label", "com.example.team=blue")


@pytest.fixture(scope="module")
def clock(handlers: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The image of a handler that uses time zones."""
    return written(tmp_path_factory.mktemp("clock"), "--handlers", handlers, "--handler", "clock")


def test_it_holds_the_file_and_next_to_nothing_else(one: Written) -> None:
    found = {entry.name: entry for entry in one.layer().getmembers()}
    assert sorted(name for name, entry in found.items() if entry.isreg()) == [
        "etc/group", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "fn", "var/lib/db/sbom/fn.cdx.json",
    ]  # fmt: skip
    modes = {name: entry.mode for name, entry in found.items() if entry.isdir() and entry.mode != 0o755}
    assert modes == {"direktiv-data": 0o777, "tmp": 0o1777}
    assert found["fn"].mode == 0o755
    assert {(entry.uid, entry.gid, entry.uname) for entry in found.values()} == {(0, 0, "")}
    with one.layer().extractfile("etc/passwd") as users:  # type: ignore[union-attr]
        assert b"fn:x:65532:65532:" in users.read()


def test_its_configuration(one: Written, handlers: Path) -> None:
    config = one.config
    assert (config["architecture"], config["os"]) == ("amd64", "linux")
    run = config["config"]
    assert run["User"] == "65532:65532"
    assert run["Entrypoint"] == ["/fn"]
    assert "Cmd" not in run
    assert {"SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "FN_HANDLER=greet"} < set(run["Env"])
    labels = run["Labels"]
    git = ["git", "-C", str(handlers), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    assert labels["org.opencontainers.image.revision"] == commit
    assert labels["org.opencontainers.image.version"] == __version__
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.description"] == "Isolated functions for Direktiv: greet"
    assert labels["com.example.team"] == "blue"
    described = json.loads(labels["fn.describe"])
    assert [each["name"] for each in described["handlers"]] == ["greet"]


def test_it_has_one_handler_and_what_that_imports(one: Written, clock: Written, tmp_path: Path) -> None:
    for image, name, others in (
        (one, b"handlers.greet", b"handlers.echo"),
        (clock, b"handlers.lib.noon", b"handlers.greet"),
    ):
        file = image.unpack(tmp_path / name.decode()) / "fn"
        assert name in file.read_bytes()
        assert others not in file.read_bytes()


def test_zones_are_there_for_a_handler_that_uses_them(one: Written, clock: Written, tmp_path: Path) -> None:
    """Changes root: needs root."""
    assert not any("zoneinfo" in name for name in one.layer().getnames())
    root = clock.unpack(tmp_path / "root")
    report = Sidecar(
        ["/usr/sbin/chroot", root, "/fn"], {"FN_DATA_DIR": "/direktiv-data", "PATH": ""}
    ).run(b'"Europe/Berlin"', root / "direktiv-data")  # fmt: skip
    assert report.decision is not None
    assert report.decision.value == "2026-07-01T12:00:00+02:00"


def test_the_same_file_gives_the_same_bytes(handlers: Path, one: Written, tmp_path: Path) -> None:
    words = ("--handlers", handlers, "--handler", "greet", "--tag", "example/greet:1")
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, *words, environment={"SOURCE_DATE_EPOCH": "1700000000"})
    first, second = (Written(tmp_path / name / "image.tar") for name in ("first", "second"))
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.config["created"] == "2023-11-14T22:13:20Z"
    assert {entry.mtime for entry in first.layer().getmembers()} == {1_700_000_000}
    assert (
        json.loads((tmp_path / "first" / "fn.cdx.json").read_text())["metadata"]["timestamp"]
        == "2023-11-14T22:13:20+00:00"
    )
    assert one.config["created"] != first.config["created"]  # that of the commit
    assert "timestamp" not in json.loads(one.path.with_name("fn.cdx.json").read_text())["metadata"]


def test_every_digest_is_right(one: Written) -> None:
    """As the image specification wants it, from the index down."""
    assert json.loads(one.member("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
    (listed,) = json.loads(one.member("index.json"))["manifests"]
    assert listed["annotations"]["org.opencontainers.image.ref.name"] == "example/greet:1"

    def blob(descriptor: dict[str, Any]) -> bytes:
        content = one.blob(descriptor)
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == descriptor["digest"]
        assert len(content) == descriptor["size"]
        return content

    manifest = json.loads(blob(listed))
    config = json.loads(blob(manifest["config"]))
    for layer, wanted in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
        assert f"sha256:{hashlib.sha256(gzip.decompress(blob(layer))).hexdigest()}" == wanted


def test_a_base_keeps_what_is_its_own(handlers: Path, one: Written, tmp_path: Path) -> None:
    """Here the base is an image of ours, in an archive; an engine's images are for tests/container."""
    words = ("--handlers", handlers, "--handler", "greet", "--user", "0", "--base", one.path)
    image = written(tmp_path, *words)
    assert image.manifest["Layers"][0] == one.manifest["Layers"][0]
    assert "etc/passwd" not in image.layer().getnames()
    run = image.config["config"]
    assert run["User"] == "0"
    assert "FN_HANDLER=" in run["Env"]  # ours wins
    assert run["Labels"]["com.example.team"] == "blue"  # the base's is kept
    assert len(image.config["rootfs"]["diff_ids"]) == len(image.config["history"]) == 2


@pytest.mark.parametrize(
    ("words", "raw", "compressed"),
    [
        pytest.param([], 22e6, 10e6, id="the whole catalogue"),
        pytest.param(["--handler", "greet"], 14e6, 7.2e6, id="the smallest handler"),
        pytest.param(["--handler", "render"], 16.5e6, 7.8e6, id="a large one without OpenSSL"),
        pytest.param(["--handler", "http-request"], 18e6, 9.2e6, id="the largest handler"),
    ],
)
def test_sizes(words: list[str], raw: float, compressed: float, handlers: Path, tmp_path: Path) -> None:
    """Raw is what the files hold, compressed what is pulled. What is alone is of the folder of the other cases.

    The snapshots of two builds differ by a page or two.
    """
    own: list[str | Path] = ["--handlers", handlers] if words else []
    image = written(tmp_path, *own, *words)
    assert sum(entry.size for entry in image.layer().getmembers()) <= raw
    assert len(image.member(image.manifest["Layers"][0])) <= compressed


def test_zstd_is_smaller(tmp_path: Path) -> None:
    image = written(tmp_path, "--compression", "zstd")
    index = json.loads(image.member("index.json"))
    manifest = json.loads(image.blob(index["manifests"][0]))
    (layer,) = manifest["layers"]
    assert layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar+zstd"
    assert layer["size"] <= 9.5e6
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(image.blob(layer))
    assert image.config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(plain).hexdigest()}"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--handler", "gret"), "there is no handler gret"),
        (("--label", "nothing"), "--label: expected NAME=VALUE"),
        (("--base", "no-such-image"), "no engine answers that could fetch it"),
        (("--base", str(ROOT / "README.md")), "holds no image"),
        (("--user", "me and you"), "--user: expected"),
        (("--tag", "Not A Tag"), "--tag: expected"),
        (("--default", "gret"), "--default: there is no handler 'gret'"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = write_image(*words, "--archive", tmp_path / "image.tar")
    assert done.returncode == 1
    assert said in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_layer_of_the_toolchain_needs_no_handlers(tmp_path: Path) -> None:
    """It is made, all extension modules included, from what the Dockerfile has copied by then."""
    before = (ROOT / "Dockerfile").read_text().partition("RUN python3 build toolchain")[0]
    for name in re.findall(r"^COPY (\S+) ", before, re.MULTILINE):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
        else:
            shutil.copy(ROOT / name, tmp_path)
    for name in (".cache", ".venv"):  # what is made already
        (tmp_path / name).symlink_to(ROOT / name)
    command = [sys.executable, "build", "toolchain"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "extensions " in done.stdout
