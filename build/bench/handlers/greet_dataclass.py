"""As `greet`, with an input that is checked and an output that has a type: dataclasses."""

from dataclasses import dataclass

from entry import Context, handler


@dataclass
class Person:
    name: str


@dataclass
class Greeting:
    greeting: str


@handler
def greet_dataclass(data: Person, ctx: Context) -> Greeting:
    ctx.log.info("greeting %s", data.name)
    return Greeting(f"Hello, {data.name}!")
