"""A model with nested lists, a validator, a discriminated union, a computed field, an error by its path, a schema."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, computed_field, field_validator


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Order(BaseModel):
    day: date
    price: Decimal = Field(gt=0)
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]]

    @field_validator("day")
    @classmethod
    def not_early(cls, value):
        if value.year < 2000:
            raise ValueError("too early")
        return value

    @computed_field
    @property
    def double(self) -> Decimal:
        return self.price * 2


def job():
    order = Order.model_validate_json('{"day": "2024-02-29", "price": "1.50", "pets": [{"kind": "dog", "name": "é"}]}')
    try:
        Order(day="1999-01-01", price=-1, pets=[{"kind": "cow"}])
    except ValidationError as error:
        errors = [[list(each["loc"]), each["type"]] for each in error.errors()]
    return [
        order.model_dump(mode="json"),
        errors,
        TypeAdapter(list[int]).validate_python(["1"]),
        Order.model_json_schema(),
    ]
