"""What the tests hold Tagdrop's own arithmetic and preprocessing against, in tests/fixtures/golden/."""

import hashlib
import json

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image

import photos
import run

FORMULA = "(7*x + 13*y + 50*c + floor(x*y / 16)) mod 256"

ABOUT = "See README.md beside this file. Made by models/build/golden.py."

# Photos of the fixtures whose preprocessing is kept as a picture; the first is an input of the network's golden values.
# The last is smaller than the network's input and so is enlarged.
PREPROCESSED = ["coffee.jpg", "chelsea.jpg", "formats/rgb.png"]

# Photos whose best class stands well above the next, so that another decoder or resizer finds the same.
ANSWERED = ["coffee.jpg", "camera.jpg", "rocket.jpg"]


def write(int8_path, float_path, labels, images, folder):
    """`images`: the folder with the fixtures' photos."""
    folder.mkdir(parents=True, exist_ok=True)
    edge = onnx.load(int8_path).graph.input[0].type.tensor_type.shape.dim[2].dim_value
    for name in PREPROCESSED:
        path = images / name
        picture = photos.crop_and_resize(photos.read(path), edge)
        picture.save(folder / f"{path.stem}-{edge}.png", optimize=True)
    png = f"{PREPROCESSED[0].removesuffix('.jpg')}-{edge}.png"
    inputs = [
        ({"name": "formula", "formula": FORMULA}, _formula(edge)),
        ({"name": "photo", "file": png}, np.asarray(Image.open(folder / png))),
    ]
    _write_nodes(int8_path, float_path, inputs, folder / f"{int8_path.stem.removesuffix('-int8')}.json")
    _write_answers(int8_path, float_path, labels, images, edge, folder / "answers.json")


def _formula(edge):
    y, x, c = np.ogrid[:edge, :edge, :3]
    return ((7 * x + 13 * y + 50 * c + x * y // 16) % 256).astype(np.uint8)


def _write_nodes(int8_path, float_path, inputs, target):
    model = onnx.load(int8_path)
    probe_path = float_path.with_name("every-node.onnx")
    onnx.save(_every_node(model, onnx.load(float_path)), probe_path)
    answers = run.exact_outputs(probe_path, [rgb for _, rgb in inputs])
    nodes = model.graph.node
    rows = []
    for (description, _), answer in zip(inputs, answers):
        values = {node.name: _nhwc(answer[node.output[0]]) for node in nodes}
        described = [_describe(node, values[node.name]) for node in nodes]
        floats = {output.name: _floats(answer[output.name]) for output in model.graph.output}
        rows.append((description, described, floats))
    head = {"about": ABOUT, "model": int8_path.name, "sha256": hashlib.sha256(int8_path.read_bytes()).hexdigest()}
    target.write_text(_layout(head, rows))


def _every_node(model, float_model):
    """The model with each node's output as an output of the graph. Shapes are those of the float tensors of that name."""
    graph = float_model.graph
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in [*graph.input, *graph.value_info, *graph.output]
    }
    floats = {output.name for output in model.graph.output}
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    for node in probe.graph.node:
        name = node.output[0]
        kind = TensorProto.FLOAT if name in floats else TensorProto.UINT8
        probe.graph.output.append(helper.make_tensor_value_info(name, kind, shapes[name.removesuffix("_quantized")]))
    return probe


def _nhwc(values):
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1) if values.ndim == 4 else values)


def _describe(node, values):
    return {
        "name": node.name,
        "op": node.op_type,
        "shape": list(values.shape),
        "hash": f"{_fnv1a(values.tobytes()):016x}",
        "first": _floats(values.ravel()[:16]) if values.dtype == np.float32 else values.ravel()[:16].tolist(),
    }


def _floats(values):
    """The shortest decimals that read back as the same f32."""
    return [float(np.format_float_positional(value, unique=True, trim="0")) for value in values.ravel()]


def _fnv1a(data):
    result = 0xCBF29CE484222325
    for byte in data:
        result = (result ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return result


def _layout(head, rows):
    """One line a node and one a list of floats: short, and readable in a diff."""
    inputs = []
    for description, described, floats in rows:
        lines = [f"      {json.dumps(key)}: {json.dumps(value)}" for key, value in {**description, **floats}.items()]
        nodes = ",\n".join(f"        {json.dumps(node)}" for node in described)
        inputs.append("    {\n" + ",\n".join([*lines, f'      "nodes": [\n{nodes}\n      ]']) + "\n    }")
    start = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    return "{\n" + start + ',\n  "inputs": [\n' + ",\n".join(inputs) + "\n  ]\n}\n"


def _write_answers(int8_path, float_path, labels, images, edge, target):
    """The five best classes of each photo with their logits, after Pillow's preprocessing."""
    pixels = [photos.pixels(images / name, edge) for name in ANSWERED]
    logits = run.exact_logits(int8_path, pixels)
    float_logits = run.float_logits(float_path, pixels)
    lines = []
    for name, int8, float32 in zip(ANSWERED, logits, float_logits):
        answer = {"file": name, "id": labels[run.best(int8, 1)[0]]["id"], **_five_best(int8), "float32": _five_best(float32)}
        lines.append(f"    {json.dumps(answer)}")
    target.write_text('{\n  "photos": [\n' + ",\n".join(lines) + "\n  ]\n}\n")


def _five_best(logits):
    best = run.best(logits, 5)
    return {"top5": best.tolist(), "logits": _floats(logits[best])}
