"""BSON in both directions, a URI, operations that are put together, a server that is not there."""

from datetime import datetime
from decimal import Decimal
from threading import Event
from uuid import UUID

import bson
import pymongo
from bson import Decimal128, ObjectId, json_util
from pymongo import MongoClient, UpdateOne, monitoring, uri_parser
from pymongo.errors import ServerSelectionTimeoutError


class Refused(monitoring.ServerListener):
    """Tells when it is known that the server refuses: the time to look for one begins then, however busy the machine."""

    def __init__(self):
        self.known = Event()

    def opened(self, event):
        pass

    def closed(self, event):
        pass

    def description_changed(self, event):
        if event.new_description.error is not None:
            self.known.set()


def job():
    refused = Refused()
    options = bson.CodecOptions(uuid_representation=bson.binary.UuidRepresentation.STANDARD)
    document = {
        "_id": ObjectId("65e000000000000000000000"),
        "n": Decimal128(Decimal("1.50")),
        "é": [1, None, 2**40],
        "u": UUID(int=5),
        "at": datetime(2024, 2, 29),
    }
    again = bson.decode(bson.encode(document, codec_options=options), codec_options=options)
    with MongoClient("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=200, event_listeners=[refused]) as client:
        refused.known.wait()
        try:
            client.a.b.find_one()
        except ServerSelectionTimeoutError as error:
            failed = "refused" in str(error)
    update = UpdateOne({"a": 1}, {"$set": {"b": 2}}, upsert=True)
    return [
        json_util.dumps(again, json_options=json_util.JSONOptions(uuid_representation=options.uuid_representation)),
        again == document,
        failed,
        repr(update),
        bson.has_c(),
        pymongo.has_c(),
        uri_parser.parse_uri("mongodb://u:p%40@h:1/db?w=2")["password"],
    ]
