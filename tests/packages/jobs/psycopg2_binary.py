"""Values are adapted, ranges and arrays parsed, a server that refuses is an error with its kind."""

from datetime import date

import psycopg2
from psycopg2 import errorcodes, errors, extensions, extras, sql


def job():
    try:
        psycopg2.connect("host=127.0.0.1 port=1 user=me connect_timeout=60")
    except psycopg2.OperationalError as error:
        refused = "refused" in str(error)
    values = [extensions.adapt(value) for value in (date(2024, 2, 29), [1, 2], 1.5, None, extras.Json({"a": "é"}))]
    return [
        refused,
        [value.getquoted().decode() for value in values],
        extensions.parse_dsn("host=a dbname=b"),
        errors.lookup(errorcodes.UNIQUE_VIOLATION).__name__,
        extensions.make_dsn(host="é", port=1),
        extensions.DATE("2024-02-29", None).isoformat(),
        str(sql.Identifier("a", "b").strings),
    ]
