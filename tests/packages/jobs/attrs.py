"""Classes with validators, converters, slots, and the older names."""

import attr
import attrs


@attrs.define
class Point:
    x: int = attrs.field(converter=int, validator=attrs.validators.ge(0))
    tags: list[str] = attrs.field(factory=list)


@attr.s(frozen=True)
class Old:
    a = attr.ib(default=1)


def job():
    failures = []
    for attempt in (lambda: Point("-1"), lambda: setattr(Old(), "a", 2)):
        try:
            attempt()
        except (ValueError, AttributeError) as error:
            failures.append([type(error).__name__, str(error)])
    point = attrs.evolve(Point("3"), tags=["t"])
    return [attrs.asdict(point), repr(point), failures, attr.__version__, point == Point(3, ["t"])]
