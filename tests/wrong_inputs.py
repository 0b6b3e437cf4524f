"""Inputs that do not fit tests/handlers/typed.py, each with the message that a workflow's author must see."""

from __future__ import annotations

import json
from typing import Any

_USER = {"userName": "Ada"}
_ITEM = {"name": "tea", "price": "1.50"}


def order(**members: Any) -> str:
    """A fitting order with these members in the place of its own; a member of `...` is left out."""
    whole = {"user": _USER, "items": [_ITEM], **members}
    return json.dumps({name: value for name, value in whole.items() if value is not ...})


def _user(**members: Any) -> str:
    return order(user={**_USER, **members})


def _item(**members: Any) -> str:
    whole = {**_ITEM, **members}
    return order(items=[_ITEM, {name: value for name, value in whole.items() if value is not ...}])


_DATETIME = "datetime such as 2026-01-31T12:30:00Z"
_UUID = "uuid such as 123e4567-e89b-12d3-a456-426614174000"
_MANY = {f"name {number}": number for number in range(5_000)}

# By what is wrong: the input, and the message of fn.input.mismatch.
WRONG_INPUTS: dict[str, tuple[str, str]] = {
    # types, at the top and below
    "an array": ("[]", "$: expected object, got array"),
    "a text": ('"order"', "$: expected object, got str"),
    "a number": ("1", "$: expected object, got int"),
    "a fraction": ("1.5", "$: expected object, got float"),
    "a truth": ("true", "$: expected object, got bool"),
    "null": ("null", "$: expected object, got null"),
    "a text for an object": (order(user="Ada"), "$.user: expected object, got str"),
    "an array for an object": (order(user=[]), "$.user: expected object, got array"),
    "an object for an array": (order(items={}), "$.items: expected array, got object"),
    "null for an array": (order(items=None), "$.items: expected array, got null"),
    "a number for a text": (_user(userName=1), "$.user.userName: expected str, got int"),
    "null for a text": (_user(userName=None), "$.user.userName: expected str, got null"),
    "a text for an integer": (_user(age="36"), "$.user.age: expected int | null, got str"),
    "a fraction for an integer": (_user(age=36.5), "$.user.age: expected int | null, got float"),
    "a whole float for an integer": (_item(count=2.0), "$.items[1].count: expected int, got float"),
    "a truth for an integer": (_item(count=True), "$.items[1].count: expected int, got bool"),
    "a number for a truth": (order(flag=1), "$.flag: expected bool, got int"),
    "a text for a truth": (order(flag="true"), "$.flag: expected bool, got str"),
    "a text for a float": (order(ratio="0.5"), "$.ratio: expected float | null, got str"),
    "a text in a set": (order(tags=["a", 2]), "$.tags[1]: expected str, got int"),
    "neither of a union": (order(either="5"), "$.either: expected int | array | null, got str"),
    "in an array of a union": (order(either=[1, "2"]), "$.either[1]: expected int, got str"),
    # limits
    "an empty text": (_user(userName=""), "$.user.userName: expected str of length >= 1, got length 0"),
    "a long text": (_item(name="x" * 21), "$.items[1].name: expected str of length <= 20, got length 21"),
    "a negative number": (_user(age=-1), "$.user.age: expected int >= 0, got a smaller one"),
    "a large number": (_item(count=101), "$.items[1].count: expected int <= 100, got a larger one"),
    "at an open limit": (_user(age=150), "$.user.age: expected int <= 149, got a larger one"),
    "a float at an open limit": (order(ratio=0), "$.ratio: expected float > 0.0, got no larger one"),
    "a float beyond a limit": (order(ratio=1.01), "$.ratio: expected float <= 1.0, got a larger one"),
    "no multiple": (order(steps=7), "$.steps: expected int that's a multiple of 5, got another int"),
    "an empty array": (order(items=[]), "$.items: expected array of length >= 1, got length 0"),
    "a long array": (order(items=[_ITEM] * 4), "$.items: expected array of length <= 3, got length 4"),
    "a text that does not match": (
        order(address={"street": "s", "zip": "1234"}),
        "$.address.zip: expected str matching regex '^[0-9]{5}$', got another str",
    ),
    "a long key": (order(known={"abcde": _USER}), "$.known.abcde (the key): expected str of length <= 4, got length 5"),
    # missing
    "nothing at all": ("{}", "$.user: expected object, got nothing"),
    "a missing object": (order(user=...), "$.user: expected object, got nothing"),
    "a missing array": (order(items=...), "$.items: expected array, got nothing"),
    "a missing text": (order(user={}), "$.user.userName: expected str, got nothing"),
    "a missing decimal": (_item(price=...), "$.items[1].price: expected decimal, got nothing"),
    "a missing member of a TypedDict": (
        order(address={"street": "s"}),
        "$.address.zip: expected str, got nothing",
    ),
    "a missing tag": (order(pets=[{"lives": 3}]), '$.pets[0].type: expected "cat" or "dog", got nothing'),
    "missing below a tag": (order(pets=[{"type": "dog"}]), "$.pets[0].tricks: expected array, got nothing"),
    "a short tuple": (order(pair=[1]), "$.pair: expected array of length 2, got length 1"),
    "an empty named tuple": (order(at=[]), "$.at: expected array of length 1 to 2, got length 0"),
    # extra
    "an unknown field": (
        _user(nickname="Countess"),
        '$.user.nickname: unknown field, expected "age", "colour", "level" or "userName"',
    ),
    "a field nearly known": (_user(collour="red"), '$.user.collour: unknown field, did you mean "colour"?'),
    "a field by its name in Python": (
        order(user={"user_name": "Ada"}),
        '$.user.user_name: unknown field, did you mean "userName"?',
    ),
    "a long tuple": (order(pair=[1, "a", 2]), "$.pair: expected array of length 2, got length 3"),
    "a long named tuple": (order(at=[1, 2, 3]), "$.at: expected array of length 1 to 2, got length 3"),
    # choices
    "no such choice": (order(size="xl"), '$.size: expected "l", "m" or "s", got another str'),
    "a choice of another type": (order(size=1), '$.size: expected "l", "m" or "s", got int'),
    "no member of an enumeration": (_user(colour="green"), '$.user.colour: expected "red" or "blue", got another str'),
    "a number for a text of an enumeration": (_user(colour=5), '$.user.colour: expected "red" or "blue", got int'),
    "no number of an enumeration": (_user(level=3), "$.user.level: expected 1 or 2, got another int"),
    "no such tag": (order(pets=[{"type": "cow"}]), '$.pets[0].type: expected "cat" or "dog", got another str'),
    # texts with a form
    "no datetime": (order(when="yesterday"), f"$.when: expected {_DATETIME}, got another str"),
    "a date for a datetime": (order(when="2026-01-02"), f"$.when: expected {_DATETIME}, got another str"),
    "a number for a datetime": (order(when=1767322800), "$.when: expected datetime | null, got int"),
    "a zone where none is wanted": (
        order(local="2026-01-02T03:04:05Z"),
        "$.local: expected datetime with no timezone component, got another str",
    ),
    "no day of the calendar": (order(day="2026-02-30"), "$.day: expected date such as 2026-01-31, got another str"),
    "no time of the day": (order(hour="25:00:00"), "$.hour: expected time such as 12:30:00, got another str"),
    "no duration": (order(wait="1 day"), "$.wait: expected duration such as P1DT12H, got another str"),
    "no uuid": (order(id="1234"), f"$.id: expected {_UUID}, got another str"),
    "no decimal": (_item(price="1,50"), "$.items[1].price: expected decimal such as 12.50, got another str"),
    "no base64": (order(photo="a"), "$.photo: expected base64, got another str"),
    # objects of any keys
    "a value in an object of any keys": (order(counts={"a": 1, "b": "2"}), "$.counts.b: expected int, got str"),
    "a key that is no number": (order(numbers={"1": [], "b": []}), "$.numbers.b (the key): expected int, got str"),
    "deep in objects of any keys": (
        order(numbers={"1": [], "2": [1, None]}),
        '$.numbers["2"][1]: expected int, got null',
    ),
    "below an object of any keys": (
        order(known={"a": _USER, "b": {**_USER, "age": "x"}}),
        "$.known.b.age: expected int | null, got str",
    ),
    # unicode
    "a key beyond ASCII": (order(counts={"größe": "x"}), "$.counts.größe: expected int, got str"),
    "a key of other signs": (order(counts={'a "b".c[0]': "x"}), '$.counts["a \\"b\\".c[0]"]: expected int, got str'),
    "an empty key": (order(counts={"": "x"}), '$.counts[""]: expected int, got str'),
    "a key of emoji": (
        order(counts={"\N{GRINNING FACE}": "x"}),
        '$.counts["\N{GRINNING FACE}"]: expected int, got str',
    ),
    "an unknown field beyond ASCII": (
        _user(größe=1),
        '$.user.größe: unknown field, expected "age", "colour", "level" or "userName"',
    ),
    "length counts characters": (_item(name="ä" * 21), "$.items[1].name: expected str of length <= 20, got length 21"),
    # huge
    "a huge number": (_item(count=10**40), "$.items[1].count: expected int <= 100, got a larger one"),
    "a huge negative number": (_user(age=-(10**40)), "$.user.age: expected int >= 0, got a smaller one"),
    "a huge number for a text": (_user(userName=10**40), "$.user.userName: expected str, got int"),
    "a huge text": (_item(name="x" * 1_000_000), "$.items[1].name: expected str of length <= 20, got length 1000000"),
    "the last of many keys": (order(counts={**_MANY, "last": "x"}), "$.counts.last: expected int, got str"),
    "the first of many keys": (order(counts={"first": "x", **_MANY}), "$.counts.first: expected int, got str"),
    "one of many keys": (
        order(counts=_MANY | {"name 4321": None, "name 4400": "x"}),
        '$.counts["name 4321"]: expected int, got null',
    ),
    "a very long key": (
        order(counts={"k" * 2_000: "x"}),
        f"$.counts.{'k' * 231} ... {'k' * 240}: expected int, got str",
    ),
    # nested
    "in an order of an order": (
        order(parent=json.loads(order(parent=json.loads(_user(age="x"))))),
        "$.parent.parent.user.age: expected int | null, got str",
    ),
    "missing in an order of an order": (
        order(parent=json.loads(order(parent=json.loads(order(items=[{}]))))),
        "$.parent.parent.items[0].name: expected str, got nothing",
    ),
    "nested too deeply": (
        '{"parent":' * 1_000 + order() + "}" * 1_000,
        f"${'.parent' * 10} ... 980 more ... {'.parent' * 9}.user: expected object, got nothing",
    ),
}
