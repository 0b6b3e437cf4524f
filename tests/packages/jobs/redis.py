"""A client of a module speaks with a server in the process that knows a few commands; a pipeline, an error, a search."""

import socketserver
from threading import Thread

import redis
from redis.commands.search.field import TextField

CLIENT = redis.Redis(host="127.0.0.1", decode_responses=True, protocol=2)


class Server(socketserver.StreamRequestHandler):
    store = {}

    def handle(self):
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2])
            self.wfile.write(self.answer([words[0].upper(), *words[1:]]))

    def answer(self, words):
        match words:
            case [b"SET", key, value, *_]:
                self.store[key] = value
                return b"+OK\r\n"
            case [b"GET", key]:
                value = self.store.get(key)
                return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)
            case [b"INCRBY", *_]:
                return b"-WRONGTYPE not a number\r\n"
            case [b"MULTI" | b"CLIENT" | b"SELECT", *_]:
                return b"+OK\r\n"
            case _:
                return b"+PONG\r\n"


def job():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        client = CLIENT
        client.connection_pool.connection_kwargs["port"] = server.server_address[1]
        client.set("é", "ü", ex=10)
        try:
            client.incr("é")
        except redis.ResponseError as error:
            failed = str(error)
        with client.pipeline(transaction=False) as pipeline:
            results = pipeline.set("a", 1).get("a").get("none").execute()
        found = [client.get("é"), failed, results, client.ping(), TextField("t", weight=2).redis_args()]
        client.close()
        server.shutdown()
    return found
