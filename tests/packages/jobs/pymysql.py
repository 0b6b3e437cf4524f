"""Values are escaped, an SQL error is mapped, and a server that refuses is reported."""

import socket
import struct
from datetime import datetime
from threading import Thread

import pymysql
from pymysql.converters import escape_item


def refuse(listener):
    connection, _ = listener.accept()
    with connection:
        body = b"\xff" + struct.pack("<H", 1040) + "too many connections é".encode()
        connection.sendall(struct.pack("<I", len(body))[:3] + b"\0" + body)


def job():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=refuse, args=(listener,), daemon=True).start()
        try:
            pymysql.connect(host="127.0.0.1", port=listener.getsockname()[1], user="me")
        except pymysql.err.MySQLError as error:
            failed = [type(error).__name__, *map(str, error.args)]
    return [
        failed,
        escape_item(datetime(2024, 2, 29, 12), "utf8mb4"),
        escape_item("it's é", "utf8mb4"),
        escape_item(b"\x00'", "utf8mb4"),
    ]
