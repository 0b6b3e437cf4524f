"""Greets somebody: `{"name": "Ada"}` gives `{"greeting": "Hello, Ada!"}`."""

from entry import Context, FunctionError, handler


@handler(codes=("greet.badInput",))
def greet(data: dict[str, object], ctx: Context) -> dict[str, str]:
    name = data.get("name")
    if not isinstance(name, str):
        raise FunctionError("greet.badInput", "name: expected a string")
    ctx.log.info("greeting %s", name)
    return {"greeting": f"Hello, {name}!"}
