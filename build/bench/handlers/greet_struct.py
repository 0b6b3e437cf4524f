"""As `greet`, with an input that is checked and an output that has a type: structs of msgspec."""

import msgspec

from entry import Context, handler


class Person(msgspec.Struct):
    name: str


class Greeting(msgspec.Struct):
    greeting: str


@handler
def greet_struct(data: Person, ctx: Context) -> Greeting:
    ctx.log.info("greeting %s", data.name)
    return Greeting(f"Hello, {data.name}!")
