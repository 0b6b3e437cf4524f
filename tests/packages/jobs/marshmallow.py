"""A schema with nested fields, a validator, dates, errors by path."""

from datetime import date

from marshmallow import Schema, ValidationError, fields, post_load, validate


class Item(Schema):
    sku = fields.Str(required=True, validate=validate.Length(3))
    price = fields.Decimal(as_string=True)


class Order(Schema):
    day = fields.Date()
    items = fields.List(fields.Nested(Item))
    mail = fields.Email()

    @post_load
    def sort(self, data, **words):
        return dict(sorted(data.items()))


def job():
    loaded = Order().load({"day": "2024-02-29", "items": [{"sku": "AB1", "price": "1.50"}]})
    try:
        Order().load({"day": "x", "items": [{"sku": "A"}, {}], "mail": "é", "other": 1})
    except ValidationError as error:
        errors = error.messages
    return [repr(loaded), errors, Order().dump({"day": date(2024, 2, 29), "items": [{"sku": "X", "price": 2}]})]
