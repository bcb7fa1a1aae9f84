"""Writes our float network as a list of layers and their values, from which a page builds it with TensorFlow.js's own operators.

Each layer: `name`, `kind` (convolution, depthwise, add, mean or connect), `inputs` (names of what goes in), and where they apply
`stride`, `relu6`, and `weight` and `bias`: shape and offset in float32 values. Tensors are NHWC, weights as TensorFlow has them.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper


def float_network(path):
    """The layers of the float ONNX network at `path` up to its logits, and their values as bytes."""
    graph = onnx.load(path).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    clipped = {node.input[0] for node in graph.node if node.op_type == "Clip"}
    layers, values, count = [], [], 0
    # What ONNX calls an activation → the layer that gives it here.
    places = {"input": "input"}

    def constant(array):
        nonlocal count
        values.append(np.ascontiguousarray(array, "<f4").tobytes())
        count += array.size
        return {"shape": array.shape, "offset": count - array.size}

    for node in graph.node:
        name, first = node.output[0], places[node.input[0]]
        places[name] = name
        match node.op_type:
            case "Conv":
                attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
                weight, bias = (constants[part] for part in node.input[1:])
                depthwise = attributes["group"] > 1
                layer = {
                    "kind": "depthwise" if depthwise else "convolution",
                    "inputs": [first],
                    "stride": attributes["strides"][0],
                    "relu6": name in clipped,
                    # (height, width, in, out), and (height, width, in, multiplier).
                    "weight": constant(weight.transpose(2, 3, 0, 1) if depthwise else weight.transpose(2, 3, 1, 0)),
                    "bias": constant(bias),
                }
            case "Clip" | "Flatten":
                places[name] = first
                continue
            case "Add":
                layer = {"kind": "add", "inputs": [first, places[node.input[1]]]}
            case "GlobalAveragePool":
                layer = {"kind": "mean", "inputs": [first]}
            case "Gemm":
                weight, bias = (constants[part] for part in node.input[1:])
                layer = {"kind": "connect", "inputs": [first], "weight": constant(weight.T), "bias": constant(bias)}
            case stranger:
                raise SystemExit(f"{path.name} has the operator {stranger}, which is not known here")
        layers.append({"name": name, **layer})
    return layers, b"".join(values)
