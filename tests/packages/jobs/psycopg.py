"""A connection to a server in the process that answers as PostgreSQL does; SQL that is put together; an error."""

import socket
import struct
from threading import Thread

import psycopg
from psycopg import pq, sql
from psycopg.types.json import Jsonb


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def serve(listener):
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as reader:
        while True:
            size = struct.unpack("!I", reader.read(4))[0]
            code = struct.unpack("!I", reader.read(4))[0]
            reader.read(size - 8)
            if code == 196608:
                break
            connection.sendall(b"N")
        hello = (
            message(b"R", struct.pack("!I", 0))
            + message(b"S", b"client_encoding\0UTF8\0")
            + message(b"S", b"server_version\x0016.0\0")
        )
        connection.sendall(hello + message(b"Z", b"I"))
        column = struct.pack("!H", 1) + b"t\0" + struct.pack("!IHIhih", 0, 0, 1082, -1, -1, 0)
        row = struct.pack("!HI", 1, 10) + b"2024-02-29"
        while kind := reader.read(1):
            reader.read(struct.unpack("!I", reader.read(4))[0] - 4)
            if kind == b"Q":
                connection.sendall(message(b"C", b"BEGIN\0") + message(b"Z", b"T"))
            elif kind == b"S":
                answer = (
                    message(b"1")
                    + message(b"2")
                    + message(b"T", column)
                    + message(b"D", row)
                    + message(b"C", b"SELECT 1\0")
                )
                connection.sendall(answer + message(b"Z", b"T"))
            elif kind == b"X":
                return


def job():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, args=(listener,), daemon=True).start()
        port = listener.getsockname()[1]
        with psycopg.connect(
            f"host=127.0.0.1 port={port} user=me sslmode=disable gssencmode=disable", autocommit=True
        ) as connection:
            day = connection.execute("SELECT %s", ["x"]).fetchone()[0].isoformat()
    query = sql.SQL("SELECT {} FROM {} WHERE a = {}").format(
        sql.Identifier("é"), sql.Identifier("s", "t"), sql.Literal("it's")
    )
    try:
        psycopg.connect("host=127.0.0.1 port=1 user=me connect_timeout=60")
    except psycopg.OperationalError as error:
        refused = "refused" in str(error)
    return [day, query.as_string(None), refused, pq.__impl__, psycopg.types.json.Jsonb([1]).obj, Jsonb.__name__]
