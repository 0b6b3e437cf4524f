"""Write a container image as an archive that engines load: the same bytes for the same content. Know nothing of fn.

The archive is an OCI image layout that also has the manifest of `docker save`. Source: the image specification of the
Open Container Initiative, version 1.0; for zstd version 1.1.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import deflate
import zstandard

from build.core.errors import BuildError

PLATFORM = {"architecture": "amd64", "os": "linux"}
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_LEVEL, _ZSTD_LEVEL = 10, 19  # levels of libdeflate, whose next takes twice as long for a thousandth, and zstd
_MEDIA = "application/vnd.oci.image."


@dataclass(frozen=True)
class Layer:
    """A layer: its compressed bytes, and the digest of the uncompressed ones."""

    blob: bytes
    diff_id: str

    @property
    def kind(self) -> str:
        return f"layer.v1.tar+{'zstd' if self.blob.startswith(_ZSTD) else 'gzip'}"


@dataclass(frozen=True)
class Image:
    """An image without a name: its layers and its configuration, in the form of the specification."""

    layers: tuple[Layer, ...]
    config: Mapping[str, Any]


# What engines give an image that is made from nothing.
SCRATCH = Image((), {"config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}})


def layer_of(root: Path, timestamp: int, compression: str) -> Layer:
    """Pack everything below a folder: owned by root, sorted by name, with one timestamp (seconds since 1970)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(root.rglob("*")):
            entry = archive.gettarinfo(path, str(path.relative_to(root)))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = timestamp
            if entry.isreg():
                with path.open("rb") as content:
                    archive.addfile(entry, content)
            else:
                archive.addfile(entry)
    return _layer(buffer.getvalue(), compression)


def _layer(content: bytes, compression: str = "gzip") -> Layer:
    """Make a layer of a tar, which may already be compressed."""
    if content.startswith(_GZIP):
        return Layer(content, _digest(gzip.decompress(content)))
    if content.startswith(_ZSTD):
        return Layer(content, _digest(zstandard.ZstdDecompressor().decompressobj().decompress(content)))
    if compression == "gzip":
        blob = bytes(deflate.gzip_compress(content, _GZIP_LEVEL))
    else:
        blob = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(content)
    return Layer(blob, _digest(content))


def read(archive: Path) -> Image:
    """Read the image in an archive of `docker save`; raise BuildError for none, several, or another platform."""
    try:
        with tarfile.open(archive) as members:
            (found,) = json.loads(_member(members, "manifest.json"))
            config = json.loads(_member(members, found["Config"]))
            layers = tuple(_layer(_member(members, name)) for name in found["Layers"])
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise BuildError(f"{archive} holds no image, or more than one: {error}", "make it with docker save") from None
    platform = {name: config.get(name) for name in PLATFORM}
    if platform != PLATFORM:
        raise BuildError(f"{archive} holds an image for {platform['os']}/{platform['architecture']}, not linux/amd64")
    return Image(layers, config)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    content = archive.extractfile(name)
    if content is None:
        raise ValueError(f"{name} is no file")
    return content.read()


def extended(base: Image, layer: Layer, settings: Mapping[str, Any], timestamp: int, by: str) -> Image:
    """Add a layer to an image. Settings override those of the base; variables and labels are merged one by one."""
    created = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    inherited: dict[str, Any] = dict(base.config.get("config") or {})
    inherited.pop("Cmd", None)  # words for another entrypoint
    variables = dict(text.split("=", 1) for text in [*(inherited.get("Env") or []), *settings["Env"]])
    run = {
        **inherited,
        **settings,
        "Env": [f"{name}={value}" for name, value in variables.items()],
        "Labels": {**(inherited.get("Labels") or {}), **settings["Labels"]},
    }
    layers = (*base.layers, layer)
    return Image(
        layers,
        {
            "created": created,
            **PLATFORM,
            "config": run,
            "rootfs": {"type": "layers", "diff_ids": [each.diff_id for each in layers]},
            "history": [*base.config.get("history", []), {"created": created, "created_by": by}],
        },
    )


def write(image: Image, target: Path, tag: str, timestamp: int) -> None:
    """Write the archive, with the image under one tag."""
    blobs: dict[str, bytes] = {}

    def stored(content: bytes, kind: str) -> dict[str, object]:
        digest = _digest(content)
        blobs[_place(digest)] = content
        return {"mediaType": _MEDIA + kind, "digest": digest, "size": len(content)}

    layers = [stored(layer.blob, layer.kind) for layer in image.layers]
    config = stored(_json(image.config), "config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": f"{_MEDIA}manifest.v1+json", "config": config, "layers": layers}
    listed = stored(_json(manifest), "manifest.v1+json")
    listed["platform"], listed["annotations"] = PLATFORM, {"org.opencontainers.image.ref.name": tag}
    index = {"schemaVersion": 2, "mediaType": f"{_MEDIA}index.v1+json", "manifests": [listed]}
    of_docker = {
        "Config": _place(config["digest"]),
        "RepoTags": [tag],
        "Layers": [_place(each["digest"]) for each in layers],
    }
    files = {"oci-layout": _json({"imageLayoutVersion": "1.0.0"}), "index.json": _json(index)}
    files |= {"manifest.json": _json([of_docker]), **blobs}
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), timestamp, 0o644
            archive.addfile(entry, io.BytesIO(content))


def _place(digest: object) -> str:
    return f"blobs/{str(digest).replace(':', '/')}"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
