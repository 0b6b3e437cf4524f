"""Checks an order against a model, and sums it up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, Field, ValidationError, computed_field

from entry import FunctionError, handler


class Line(BaseModel):  # type: ignore[misc]
    sku: str = Field(pattern=r"^[A-Z]{2}\d+$")
    price: Decimal = Field(gt=0, max_digits=8, decimal_places=2)
    count: int = 1


class Order(BaseModel):  # type: ignore[misc]
    day: date
    lines: list[Line]

    @computed_field  # type: ignore[prop-decorator, untyped-decorator]
    @property
    def total(self) -> Decimal:
        return sum((line.price * line.count for line in self.lines), Decimal(0))


@handler
def order(data: dict[str, object]) -> dict[str, object]:
    try:
        found = Order.model_validate(data)
    except ValidationError as error:
        places = [".".join(map(str, each["loc"])) for each in error.errors()]
        raise FunctionError("order.invalid", ", ".join(places)) from None
    return {"order": found.model_dump(mode="json"), "required": Order.model_json_schema()["required"]}
