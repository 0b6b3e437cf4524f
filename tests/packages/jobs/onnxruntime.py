"""A model that is put together as bytes, loaded, and run: y = a + b."""

import numpy as np
import onnxruntime


def field(number, data):
    if isinstance(data, int):
        return bytes([number << 3, data])
    data = data.encode() if isinstance(data, str) else data
    return bytes([number << 3 | 2, len(data)]) + data


def tensor(name):
    shape = field(1, field(1, 2))
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def job():
    node = field(1, "a") + field(1, "b") + field(2, "y") + field(4, "Add")
    graph = field(1, node) + field(2, "g") + field(11, tensor("a")) + field(11, tensor("b")) + field(12, tensor("y"))
    model = field(1, 8) + field(7, graph) + field(8, field(2, 13))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    a = np.array([1, 2], np.float32)
    try:
        session.run(None, {"a": a})
    except ValueError as error:
        failed = str(error)
    return [session.run(None, {"a": a, "b": a * 10})[0].tolist(), failed, [each.name for each in session.get_inputs()]]
