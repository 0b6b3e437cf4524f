"""Hold what the audit of imports has found (imports.py). Looks at nothing itself."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...api.start import ImportStatements


class AuditReport:
    """What imports did: lines of source, each with a description; see docs/warm-boot.md."""

    def __init__(self, statements: ImportStatements) -> None:
        self.reported: list[tuple[str, str]] = []  # a snapshot freezes it
        self.refused: list[tuple[str, str]] = []  # a snapshot cannot hold it
        self.printed: list[tuple[str, str]] = []
        self.generators: list[str] = []  # global names of generators that got a seed: a run goes on with their numbers
        self.variables: dict[str, str] = {}  # of the environment, that are read, with the first line that reads each
        self._statements = statements  # of the imports
        self._seeders: set[str] = set()  # modules that give the generator of `random` itself a seed

    def add(self, place: str, what: str) -> None:
        if place and (place, what) not in self.reported:
            self.reported.append((place, what))

    def refuse(self, place: str, what: str) -> None:
        if (place, what) not in self.refused:
            self.refused.append((place, what))

    @property
    def has_seed(self) -> bool:
        """Whether an import has given the generator of `random` itself a seed."""
        return bool(self._seeders)

    def seeds(self, module: str) -> None:
        self._seeders.add(module)

    def seeded(self, modules: Sequence[str]) -> list[str]:
        """Return the modules whose import, with all that it imports, gives the generator of `random` a seed."""
        return [module for module in modules if not self._seeders.isdisjoint(self._statements.reached_from(module))]
