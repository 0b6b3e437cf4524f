"""Write the SBOM of a file as CycloneDX 1.6 in JSON. The file holds it (`fn --sbom`).

It is written before the link, as a part of what is linked; `check` compares it with the linker's map afterwards.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model import component as model
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from build.core.component import Component
from build.core.dates import source_date
from build.core.errors import BuildError
from build.sbom.licences import is_expression
from entry import __version__
from entry.info.commands import SBOM

NAME = SBOM  # the entry of the archive
_NAMESPACE = uuid.UUID("8f1f2a3e-6f0c-5b0a-9d5e-0c6a4f1d7b52")  # of serial numbers; no other meaning


def document(components: Sequence[Component], handlers: Iterable[str], link: str) -> str:
    """Return the SBOM: the same for the same components, with a timestamp only if SOURCE_DATE_EPOCH gives one."""
    handlers_named = (Property(name="fn:handler", value=name) for name in handlers)
    file = model.Component(
        type=ComponentType.APPLICATION, bom_ref="fn", name="fn", version=__version__,
        licenses=[LicenseExpression("Apache-2.0")],
        properties=[Property(name="fn:link", value=link), *handlers_named],
    )  # fmt: skip
    parts = [_part(each) for each in components]
    date = source_date()
    about = BomMetaData(component=file)
    about.timestamp = datetime.fromtimestamp(date, UTC) if date is not None else None  # type: ignore[assignment]
    sbom = Bom(components=parts, metadata=about, serial_number=uuid.UUID(int=0))
    sbom.register_dependency(file, parts)
    sbom.serial_number = uuid.uuid5(_NAMESPACE, JsonV1Dot6(sbom).output_as_string())
    return JsonV1Dot6(sbom).output_as_string()


def _part(component: Component) -> model.Component:
    licence = component.licence
    return model.Component(
        type=ComponentType.LIBRARY, bom_ref=component.purl, name=component.name, version=component.version,
        purl=PackageURL.from_string(component.purl),
        licenses=[LicenseExpression(licence) if is_expression(licence) else DisjunctiveLicense(name=licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=component.sha256)] if component.sha256 else [],
        properties=[Property(name="fn:file", value=name) for name in component.files],
    )  # fmt: skip


def check(sbom: str, link_map: Path, own: Path) -> None:
    """Raise BuildError if the linker took an object or a library that no component of the SBOM names.

    `own` is the folder of fn's own objects.
    """
    named = {each["value"] for part in json.loads(sbom)["components"] for each in part.get("properties", ())}
    unknown = sorted(
        {str(path) for path in linked(link_map) if not path.is_relative_to(own) and path.name not in named}
    )
    if unknown:
        raise BuildError(
            f"the linker took what the SBOM does not name: {', '.join(unknown)}",
            "build/sbom/ has to learn where it is from",
        )


def linked(link_map: Path) -> set[Path]:
    """Return the objects and archives that the linker has read, from its map, which resolves linker scripts."""
    loaded = (line[5:].strip() for line in link_map.read_text(errors="replace").splitlines() if line[:5] == "LOAD ")
    return {Path(path) for path in loaded if Path(path).suffix in (".o", ".a", ".so")}
