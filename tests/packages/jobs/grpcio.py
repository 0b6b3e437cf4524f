"""A server and a client in the process: a call, a stream, an error with its code."""

from concurrent import futures

import grpc


def refuse(request, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "no é")


def job():
    server = grpc.server(futures.ThreadPoolExecutor(2))
    methods = {
        "Echo": grpc.unary_unary_rpc_method_handler(lambda request, context: request[::-1]),
        "Many": grpc.unary_stream_rpc_method_handler(lambda request, context: iter([request, request])),
        "Refuse": grpc.unary_unary_rpc_method_handler(refuse),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s.S", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        echo = channel.unary_unary("/s.S/Echo")(b"abc", timeout=60).decode()
        many = [each.decode() for each in channel.unary_stream("/s.S/Many")(b"x", timeout=60)]
        try:
            channel.unary_unary("/s.S/Refuse")(b"", timeout=60)
        except grpc.RpcError as error:
            failed = [error.code().name, error.details()]
    server.stop(None).wait()
    return [echo, many, failed]
