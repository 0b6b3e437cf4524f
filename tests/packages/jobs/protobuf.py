"""Messages of types that are made at run time: bytes, JSON, text, well-known types."""

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    json_format,
    message_factory,
    struct_pb2,
    text_format,
    timestamp_pb2,
)


def job():
    file = descriptor_pb2.FileDescriptorProto(name="x.proto", package="x", syntax="proto3")
    message = file.message_type.add(name="M")
    message.field.add(name="name", number=1, type=9, label=1)
    message.field.add(name="counts", number=2, type=5, label=3)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made = message_factory.GetMessageClass(pool.FindMessageTypeByName("x.M"))(name="é", counts=[1, 300])
    again = type(made).FromString(made.SerializeToString())
    at = timestamp_pb2.Timestamp()
    at.FromJsonString("2024-02-29T12:00:00Z")
    values = struct_pb2.Struct()
    values.update({"a": [1, None, {"b": "c"}]})
    return [
        made.SerializeToString().hex(),
        json_format.MessageToDict(again),
        text_format.MessageToString(again, as_utf8=True),
        at.seconds,
        json_format.MessageToJson(values, indent=None),
    ]
