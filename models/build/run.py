"""Runs networks over photos: the float one under native onnxruntime, the int8 one in exact arithmetic."""

import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto

import photos

EXACT = Path(__file__).with_name("exact.mjs")

_TYPES = {TensorProto.FLOAT: np.dtype("<f4"), TensorProto.UINT8: np.dtype("u1")}


def float_logits(model_path, images):
    """One row of logits for each RGB image."""
    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(["logits"], {"input": photos.tensor(rgb)})[0] for rgb in images])


def exact_outputs(model_path, images):
    """For each RGB image, every output of the model by name. All of the model's outputs have fixed shapes."""
    fields = np.dtype(
        [
            (
                output.name,
                _TYPES[output.type.tensor_type.elem_type],
                [dim.dim_value for dim in output.type.tensor_type.shape.dim],
            )
            for output in onnx.load(model_path).graph.output
        ]
    )
    command = ["node", EXACT, model_path, str(images[0].shape[0])]
    pixels = b"".join(image.tobytes() for image in images)
    return np.frombuffer(subprocess.run(command, input=pixels, stdout=subprocess.PIPE, check=True).stdout, fields)


def exact_logits(model_path, images):
    """One row of logits for each RGB image."""
    return exact_outputs(model_path, images)["logits"][:, 0]


def best(logits, count):
    """Indices of the greatest logits, best first; of equal ones the lower index first."""
    return np.argsort(-logits, axis=-1, kind="stable")[..., :count]
