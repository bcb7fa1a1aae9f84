"""Writes our networks as TensorFlow Lite files, so that engines of that family run the same weights and the same steps.

Knows the operators of network.py, float or quantized, and no other. What changes on the way is notation only: tensors are
laid out NHWC, padding has a name instead of a size, and an unsigned 8-bit number u becomes the signed number u - 128.
"""

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import helper, numpy_helper

FLOAT, INT8, UINT8, INT32 = (getattr(schema.TensorType, name) for name in ("FLOAT32", "INT8", "UINT8", "INT32"))
TYPES = {FLOAT: "<f4", INT8: "i1", INT32: "<i4"}

OPERATORS = schema.BuiltinOperator
OPTIONS = schema.BuiltinOptions
NONE, RELU6 = schema.ActivationFunctionType.NONE, schema.ActivationFunctionType.RELU6

# Between uint8 and int8.
SHIFT = 128

# The format's.
VERSION = 3
IDENTIFIER = b"TFL3"

# Bytes that the format promises tensors' values to begin at a multiple of.
ALIGNMENT = 16


class _Buffer(schema.BufferT):
    """The generated writer leaves values where they fall; engines that map the file read them where they are."""

    def Pack(self, builder):
        data = self.data
        builder.StartVector(1, len(data), ALIGNMENT)
        builder.head -= len(data)
        builder.Bytes[builder.head : builder.head + len(data)] = data
        vector = builder.EndVector()
        schema.BufferStart(builder)
        schema.BufferAddData(builder, vector)
        return schema.BufferEnd(builder)


class _Writer:
    """Collects tensors and operators; `places` maps what ONNX calls an activation to the tensor's index here."""

    def __init__(self):
        # Buffer 0 is the empty one, by convention.
        self.buffers = [schema.BufferT()]
        self.tensors = []
        self.operators = []
        self.codes = []
        self.places = {}

    def tensor(self, name, shape, kind, scale=None, zero=0, values=None, axis=0):
        """`scale`: one number, or one for each index along `axis`."""
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), kind, 0
        if scale is not None:
            quantization = schema.QuantizationParametersT()
            quantization.scale = np.atleast_1d(scale).astype(np.float32)
            quantization.zeroPoint = np.full(len(quantization.scale), zero, np.int64)
            quantization.quantizedDimension = axis
            tensor.quantization = quantization
        if values is not None:
            buffer = _Buffer()
            buffer.data = np.ascontiguousarray(values, TYPES[kind]).tobytes()
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(self, kind, inputs, output, version, options=None, options_kind=OPTIONS.NONE):
        if (kind, version) not in self.codes:
            self.codes.append((kind, version))
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.index((kind, version))
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptionsType, operator.builtinOptions = options_kind, options
        self.operators.append(operator)
        return output

    def shape(self, place):
        return self.tensors[place].shape

    def file(self, source, result):
        """The finished bytes; `source` and `result` are indices of tensors."""
        graph = schema.SubGraphT()
        graph.name = "main"
        graph.tensors, graph.operators, graph.inputs, graph.outputs = self.tensors, self.operators, [source], [result]
        model = schema.ModelT()
        model.version, model.description = VERSION, "tagdrop"
        model.buffers, model.subgraphs = self.buffers, [graph]
        model.operatorCodes = []
        for kind, version in self.codes:
            code = schema.OperatorCodeT()
            code.builtinCode, code.deprecatedBuiltinCode, code.version = kind, min(kind, 127), version
            model.operatorCodes.append(code)
        builder = schema.flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), IDENTIFIER)
        return bytes(builder.Output())


def _convolve(writer, name, source, weight, bias, attributes, relu6, result, weight_scale=None, bias_scale=None):
    """`weight` as ONNX has it, (out, in, height, width); `result`: type, scale and zero point of what comes out."""
    _, height, width, _ = writer.shape(source)
    edge, stride = weight.shape[2], attributes["strides"][0]
    top, left, bottom, right = attributes["pads"]
    out = -(-height // stride)
    # "SAME" is how network.py pads; an engine that pads otherwise would be another network.
    assert top + bottom == left + right == max(0, (out - 1) * stride + edge - height) and top == left == (top + bottom) // 2
    depthwise = attributes["group"] > 1
    axis = 3 if depthwise else 0
    weight = weight.transpose(1, 2, 3, 0) if depthwise else weight.transpose(0, 2, 3, 1)
    quantized = weight_scale is not None
    inputs = [
        source,
        writer.tensor(f"{name}.weight", weight.shape, INT8 if quantized else FLOAT, weight_scale, 0, weight, axis),
        writer.tensor(f"{name}.bias", bias.shape, INT32 if quantized else FLOAT, bias_scale, 0, bias),
    ]
    options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
    options.strideH = options.strideW = stride
    options.dilationHFactor = options.dilationWFactor = 1
    options.fusedActivationFunction = RELU6 if relu6 else NONE
    if depthwise:
        options.depthMultiplier = 1
    kind = OPERATORS.DEPTHWISE_CONV_2D if depthwise else OPERATORS.CONV_2D
    options_kind = OPTIONS.DepthwiseConv2DOptions if depthwise else OPTIONS.Conv2DOptions
    output = writer.tensor(name, [1, out, out, bias.shape[0]], *result)
    return writer.operator(kind, inputs, output, 3 if quantized else 1, options, options_kind)


def _add(writer, name, left, right, result):
    options = schema.AddOptionsT()
    options.fusedActivationFunction = NONE
    output = writer.tensor(name, writer.shape(left), *result)
    return writer.operator(OPERATORS.ADD, [left, right], output, 2 if result[0] == INT8 else 1, options, OPTIONS.AddOptions)


def _average(writer, name, source, result):
    options = schema.ReducerOptionsT()
    options.keepDims = False
    axes = writer.tensor(f"{name}.axes", [2], INT32, values=np.array([1, 2]))
    output = writer.tensor(name, [1, writer.shape(source)[3]], *result)
    return writer.operator(OPERATORS.MEAN, [source, axes], output, 2 if result[0] == INT8 else 1, options, OPTIONS.ReducerOptions)


def _connect(writer, name, source, weight, bias, result, weight_scale=None, bias_scale=None):
    quantized = weight_scale is not None
    inputs = [
        source,
        writer.tensor(f"{name}.weight", weight.shape, INT8 if quantized else FLOAT, weight_scale, 0, weight),
        writer.tensor(f"{name}.bias", bias.shape, INT32 if quantized else FLOAT, bias_scale, 0, bias),
    ]
    output = writer.tensor(name, [1, weight.shape[0]], *result)
    options = schema.FullyConnectedOptionsT()
    return writer.operator(
        OPERATORS.FULLY_CONNECTED, inputs, output, 4 if quantized else 1, options, OPTIONS.FullyConnectedOptions
    )


def _read(path):
    """The graph's nodes, each with its attributes, its constants by name, and the edge of its input."""
    graph = onnx.load(path).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = [(node, {a.name: helper.get_attribute_value(a) for a in node.attribute}) for node in graph.node]
    return nodes, constants, graph.input[0].type.tensor_type.shape.dim[2].dim_value


def float_network(path):
    """The float ONNX network at `path`, from float32 NHWC to logits."""
    nodes, constants, edge = _read(path)
    writer = _Writer()
    source = writer.tensor("input", [1, edge, edge, 3], FLOAT)
    places = {"input": source}
    clipped = {node.input[0] for node, _ in nodes if node.op_type == "Clip"}
    for node, attributes in nodes:
        name, first = node.output[0], places[node.input[0]]
        match node.op_type:
            case "Conv":
                weight, bias = (constants[part] for part in node.input[1:])
                place = _convolve(writer, name, first, weight, bias, attributes, name in clipped, (FLOAT,))
            case "Clip" | "Flatten":
                place = first
            case "Add":
                place = _add(writer, name, first, places[node.input[1]], (FLOAT,))
            case "GlobalAveragePool":
                place = _average(writer, name, first, (FLOAT,))
            case "Gemm":
                place = _connect(writer, name, first, *(constants[part] for part in node.input[1:]), (FLOAT,))
            case stranger:
                raise SystemExit(f"{path.name} has the operator {stranger}, which is not known here")
        places[name] = place
    return writer.file(source, places["logits"])


def int8_network(path, scores, input_type=FLOAT):
    """The QOperator network at `path`, with the same integers, from float32 or uint8 NHWC to float32 logits.

    `scores`: scale and uint8 zero point of the logits, which ours leaves in 32 bits and this format's operator does not.
    """
    nodes, constants, edge = _read(path)
    writer = _Writer()
    places = {}

    def quantized(scale, zero):
        return INT8, constants[scale], int(constants[zero]) - SHIFT

    for node, attributes in nodes:
        name, inputs = node.output[0], node.input
        match node.op_type:
            case "QuantizeLinear":
                result = quantized(*inputs[1:])
                given = (UINT8, result[1], result[2] + SHIFT) if input_type == UINT8 else (FLOAT,)
                source = writer.tensor("input", [1, edge, edge, 3], *given)
                place = writer.tensor(name, [1, edge, edge, 3], *result)
                writer.operator(OPERATORS.QUANTIZE, [source], place, 1, schema.QuantizeOptionsT(), OPTIONS.QuantizeOptions)
            case "QLinearConv":
                weight, scale, bias = (constants[inputs[at]] for at in (3, 4, 8))
                result = quantized(*inputs[6:8])
                # 0 to 6 in 256 steps, and so the clamp is in the numbers already; other engines' converters say it as well.
                relu6 = result[2] == -SHIFT
                products = constants[inputs[1]] * scale
                first = places[inputs[0]]
                place = _convolve(writer, name, first, weight, bias, attributes, relu6, result, scale, products)
            case "QLinearAdd":
                place = _add(writer, name, places[inputs[0]], places[inputs[3]], quantized(*inputs[6:8]))
            case "QLinearGlobalAveragePool":
                place = _average(writer, name, places[inputs[0]], quantized(*inputs[3:5]))
            case "Flatten":
                place = places[inputs[0]]
            case "QGemm":
                weight, scale, bias = (constants[inputs[at]] for at in (3, 4, 6))
                result = (INT8, scores[0], int(scores[1]) - SHIFT)
                products = constants[inputs[1]] * scale
                sums = _connect(writer, f"{name}.quantized", places[inputs[0]], weight, bias, result, scale, products)
                place = writer.tensor(name, writer.shape(sums), FLOAT)
                writer.operator(OPERATORS.DEQUANTIZE, [sums], place, 2, schema.DequantizeOptionsT(), OPTIONS.DequantizeOptions)
            case "DequantizeLinear":
                continue  # the embedding, which the benchmark leaves out
            case stranger:
                raise SystemExit(f"{path.name} has the operator {stranger}, which is not known here")
        places[name] = place
    return writer.file(source, places["logits"])
