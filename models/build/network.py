"""The float network: EfficientNet-Lite's architecture as an ONNX graph, with the checkpoint's weights in it.

Architecture: Tan & Le 2019 (EfficientNet) with the Lite changes: no squeeze-and-excitation, ReLU6, and a stem and head
that keep their width in every size. Batch normalization is folded into the convolutions.
"""

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, shape_inference

# Of the training code; PyTorch's own default is another.
BATCH_NORM_EPSILON = 1e-3

# QuantizeLinear has per-channel scales from 13 on, and nothing later is needed; IR 8 is what came with that opset's time.
OPSET = 13
IR_VERSION = 8

# kernel, stride, expansion, channels out and blocks of each stage of the smallest network, Lite0.
STAGES = [
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
]


@dataclass(frozen=True)
class Size:
    """One member of the family: `edge` in pixels; `width` and `depth` multiply the stages' channels and blocks."""

    name: str
    edge: int
    width: float
    depth: float


LITE0 = Size("efficientnet-lite0", 224, 1.0, 1.0)
LITE2 = Size("efficientnet-lite2", 260, 1.1, 1.2)


def _channels(count, width):
    """Scaled and rounded to a multiple of 8, never more than a tenth below."""
    scaled = count * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * scaled else rounded + 8


def _blocks(count, depth, stage):
    """Lite keeps the first and the last stage as short as they are."""
    return count if stage in (0, len(STAGES) - 1) else int(np.ceil(count * depth))


class _Graph:
    """Appends layers; knows the edge of the current activation, which TensorFlow's padding depends on."""

    def __init__(self, tensors, edge):
        self.tensors = tensors
        self.edge = edge
        self.nodes = []
        self.constants = []
        self.constant("zero", np.float32(0))
        self.constant("six", np.float32(6))

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def convolution(self, source, name, weight, norm, *, stride=1, depthwise=False, relu6=True):
        kernel = self.tensors[f"{weight}.weight"].astype(np.float64)
        gain, shift, mean, variance = (
            self.tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        gain = gain / np.sqrt(variance + BATCH_NORM_EPSILON)
        edge = kernel.shape[2]
        result = -(-self.edge // stride)
        # "SAME" as TensorFlow has it: an odd pixel of padding goes right and bottom.
        padding = max(0, (result - 1) * stride + edge - self.edge)
        before, after = padding // 2, padding - padding // 2
        self.edge = result
        inputs = [
            source,
            self.constant(f"{name}.weight", kernel * gain[:, None, None, None]),
            self.constant(f"{name}.bias", shift - mean * gain),
        ]
        output = self.node(
            "Conv",
            inputs,
            name,
            kernel_shape=[edge, edge],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=kernel.shape[0] if depthwise else 1,
        )
        return self.node("Clip", [output, "zero", "six"], f"{name}.relu6") if relu6 else output


def build(size, tensors):
    """The float model: `input` (NCHW) to `logits` and `embedding`, the latter being what the classifier sees."""
    graph = _Graph(tensors, size.edge)
    x = graph.convolution("input", "stem", "_conv_stem", "_bn0", stride=2)
    index = 0
    for stage, (_, first_stride, expansion, channels, count) in enumerate(STAGES):
        for repeat in range(_blocks(count, size.depth, stage)):
            name, source = f"block{index}", f"_blocks.{index}"
            stride = first_stride if repeat == 0 else 1
            y = x
            if expansion != 1:
                y = graph.convolution(y, f"{name}.expand", f"{source}._expand_conv", f"{source}._bn0")
            y = graph.convolution(
                y, f"{name}.depthwise", f"{source}._depthwise_conv", f"{source}._bn1", stride=stride, depthwise=True
            )
            y = graph.convolution(y, f"{name}.project", f"{source}._project_conv", f"{source}._bn2", relu6=False)
            assert tensors[f"{source}._project_conv.weight"].shape[0] == _channels(channels, size.width)
            x = graph.node("Add", [y, x], f"{name}.add") if repeat else y
            index += 1
    x = graph.convolution(x, "head", "_conv_head", "_bn1")
    x = graph.node("GlobalAveragePool", [x], "pool")
    x = graph.node("Flatten", [x], "embedding", axis=1)
    weight, bias = (graph.constant(f"classifier.{part}", tensors[f"_fc.{part}"]) for part in ("weight", "bias"))
    graph.node("Gemm", [x, weight, bias], "logits", transB=1)

    floats = TensorProto.FLOAT
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            size.name,
            [helper.make_tensor_value_info("input", floats, [1, 3, size.edge, size.edge])],
            [
                helper.make_tensor_value_info("logits", floats, [1, tensors["_fc.weight"].shape[0]]),
                helper.make_tensor_value_info("embedding", floats, [1, tensors["_fc.weight"].shape[1]]),
            ],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="tagdrop",
    )
    checker.check_model(model, full_check=True)
    return shape_inference.infer_shapes(model, strict_mode=True)
