"""The bill of materials: what a file is made of, as CycloneDX 1.6 in JSON, in the file itself (`fn --sbom`).

Made before the link, since it is a part of what is linked; `check` compares it with what the linker says it took.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from build.core.component import Component
from build.core.dates import source_date
from build.core.errors import BuildError
from build.sbom.licences import is_expression
from entry import __version__
from entry.info.commands import SBOM

NAME = SBOM  # the entry of the archive
_NAMESPACE = uuid.UUID("8f1f2a3e-6f0c-5b0a-9d5e-0c6a4f1d7b52")  # of serial numbers; no other meaning


def document(components: Sequence[Component], handlers: Iterable[str], link: str) -> str:
    """The bill as compact JSON: the same for the same parts, with a time only where SOURCE_DATE_EPOCH gives one."""
    parts = [_part(each) for each in components]
    about: dict[str, Any] = {
        "component": {
            "type": "application",
            "bom-ref": "fn",
            "name": "fn",
            "version": __version__,
            "licenses": [{"expression": "Apache-2.0"}],
            "properties": [
                {"name": "fn:link", "value": link},
                *({"name": "fn:handler", "value": name} for name in sorted(handlers)),
            ],
        }
    }
    if (date := source_date()) is not None:
        about["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(date))
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": about,
        "components": parts,
        "dependencies": [{"ref": "fn", "dependsOn": [part["bom-ref"] for part in parts]}],
    }
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps(bill))}"
    return json.dumps(bill, ensure_ascii=False, separators=(",", ":"))


def _part(component: Component) -> dict[str, Any]:
    licence = component.licence
    part: dict[str, Any] = {
        "type": "library",
        "bom-ref": component.purl,
        "name": component.name,
        "version": component.version,
        "purl": component.purl,
        "licenses": [{"expression": licence} if is_expression(licence) else {"license": {"name": licence}}],
    }
    if component.sha256:
        part["hashes"] = [{"alg": "SHA-256", "content": component.sha256}]
    if component.files:
        part["properties"] = [{"name": "fn:file", "value": name} for name in component.files]
    return part


def check(bill: str, link_map: Path, own: Path) -> None:
    """Raises BuildError when the linker took an object or a library that no component of the bill names.

    `own` is the folder of the objects that are fn's own.
    """
    named = {each["value"] for part in json.loads(bill)["components"] for each in part.get("properties", ())}
    unknown = sorted(
        {str(path) for path in linked(link_map) if not path.is_relative_to(own) and path.name not in named}
    )
    if unknown:
        raise BuildError(
            f"the linker took what the bill of materials does not name: {', '.join(unknown)}",
            "build/sbom/ has to learn where it is from",
        )


def linked(link_map: Path) -> set[Path]:
    """The objects and archives that the linker has read, from its map; scripts for it are resolved there."""
    loaded = (line[5:].strip() for line in link_map.read_text(errors="replace").splitlines() if line[:5] == "LOAD ")
    return {Path(path) for path in loaded if Path(path).suffix in (".o", ".a", ".so")}
