"""A schema with references and formats of several drafts; all errors with their paths."""

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker, ValidationError, validate


def job():
    schema = {
        "$defs": {"n": {"type": "integer", "minimum": 1}},
        "properties": {"a": {"$ref": "#/$defs/n"}, "m": {"format": "date"}, "u": {"items": {"enum": [1, 2]}}},
        "required": ["z"],
        "unevaluatedProperties": False,
    }
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    given = {"a": 0, "m": "2024-02-30", "u": [1, 3], "other": 1}
    errors = sorted([error.json_path, error.message] for error in checker.iter_errors(given))
    Draft7Validator.check_schema({"type": "object"})
    try:
        validate("x", {"type": ["number", "null"]})
    except ValidationError as error:
        message = error.message
    return [errors, message, Draft202012Validator.META_SCHEMA["$id"]]
