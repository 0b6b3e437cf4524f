"""Takes an input of many types and gives it back, or only a part of it."""

import dataclasses
import datetime
import decimal
import enum
import uuid
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

import msgspec

from entry import Context, FunctionError, handler
from entry.api.registry import Handler


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Address(TypedDict):
    street: str
    zip: Annotated[str, msgspec.Meta(pattern="^[0-9]{5}$")]
    lines: NotRequired[list[str]]


@dataclasses.dataclass
class Item:
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    price: decimal.Decimal
    count: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


class Cat(msgspec.Struct, tag="cat"):
    lives: int = 9


class Dog(msgspec.Struct, tag="dog"):
    tricks: list[str]


class User(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    user_name: Annotated[str, msgspec.Meta(min_length=1)]
    age: Annotated[int, msgspec.Meta(ge=0, lt=150)] | None = None
    colour: Colour = Colour.RED
    level: Level = Level.LOW


class Order(msgspec.Struct, omit_defaults=True):
    user: User
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=3)]
    address: Address | None = None
    pets: list[Cat | Dog] = []
    at: Point | None = None
    size: Literal["s", "m", "l"] = "m"
    when: datetime.datetime | None = None
    day: datetime.date | None = None
    hour: datetime.time | None = None
    wait: datetime.timedelta | None = None
    id: uuid.UUID | None = None
    photo: bytes | None = None
    ratio: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    steps: Annotated[int, msgspec.Meta(multiple_of=5)] | None = None
    pair: tuple[int, str] | None = None
    tags: set[str] = set()
    counts: dict[str, int] = {}
    numbers: dict[int, list[int]] = {}
    known: dict[Annotated[str, msgspec.Meta(max_length=4)], User] = {}
    local: Annotated[datetime.datetime, msgspec.Meta(tz=False)] | None = None
    either: int | list[int] | None = None
    exact: int = 0
    flag: bool = False
    parent: "Order | None" = None
    anything: Any = None
    late: str | msgspec.UnsetType = msgspec.UNSET


@handler
def typed(order: Order, ctx: Context) -> Order:
    ctx.log.info("%d items for %s", len(order.items), order.user.user_name)
    return order


@handler("typed-user")
def typed_user(user: User) -> User:
    return user


@handler("typed-cases")
def typed_cases(documents: list[str]) -> list[str]:
    """What the handler `typed` would say about each of many inputs: in one run, for a test that has many of them."""
    said = []
    for document in documents:
        try:
            Handler("cases", typed, {}).signature.read(document.encode())
            said.append("fits")
        except FunctionError as error:
            said.append(str(error))
    return said
