"""A connection to a server in the process that answers as PostgreSQL does, and values in both directions."""

import socket
import struct
from datetime import date
from threading import Thread

import pg8000.dbapi
import pg8000.native
from pg8000.converters import literal


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def serve(listener):
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as reader:
        size = struct.unpack("!I", reader.read(4))[0]
        if size == 8:
            reader.read(4)
            connection.sendall(b"N")
            size = struct.unpack("!I", reader.read(4))[0]
        reader.read(size - 4)
        connection.sendall(message(b"R", struct.pack("!I", 0)) + message(b"Z", b"I"))
        columns = struct.pack("!H", 2)
        for name, oid in ((b"d", 1082), (b"t", 25)):
            columns += name + b"\0" + struct.pack("!IHIhih", 0, 0, oid, -1, -1, 0)
        row = struct.pack("!H", 2)
        for value in (b"2024-02-29", "é".encode()):
            row += struct.pack("!I", len(value)) + value
        while kind := reader.read(1):
            reader.read(struct.unpack("!I", reader.read(4))[0] - 4)
            if kind == b"Q":
                answer = message(b"T", columns) + message(b"D", row) + message(b"C", b"SELECT 1\0")
                connection.sendall(answer + message(b"Z", b"I"))
            elif kind == b"X":
                return


def job():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, args=(listener,), daemon=True).start()
        connection = pg8000.native.Connection("me", host="127.0.0.1", port=listener.getsockname()[1])
        rows = [[day.isoformat(), text] for day, text in connection.run("SELECT d, t")]
        columns = [column["name"] for column in connection.columns]
        connection.close()
    return [rows, columns, literal(date(2024, 2, 29)), literal("it's"), pg8000.dbapi.paramstyle, pg8000.__version__]
