"""The author's own copy: structs, a tagged union, MessagePack, YAML-free conversion, an error by its path, a schema."""

from datetime import date
from typing import Annotated

import msgspec


class Cat(msgspec.Struct, tag=True):
    lives: int = 9


class Dog(msgspec.Struct, tag=True):
    name: str


class Order(msgspec.Struct, kw_only=True, omit_defaults=True):
    day: date
    count: Annotated[int, msgspec.Meta(gt=0)] = 1
    pet: Cat | Dog | None = None


def job():
    order = msgspec.json.decode(b'{"day": "2024-02-29", "pet": {"type": "Dog", "name": "\xc3\xa9"}}', type=Order)
    try:
        msgspec.json.decode(b'{"day": "2024-02-29", "count": 0}', type=Order)
    except msgspec.ValidationError as error:
        failed = str(error)
    packed = msgspec.msgpack.encode(order)
    return [
        msgspec.json.encode(order).decode(),
        failed,
        msgspec.msgpack.decode(packed, type=Order) == order,
        msgspec.to_builtins(order),
        msgspec.json.schema(Order),
        msgspec.__version__,
    ]
