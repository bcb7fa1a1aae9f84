"""The temperature that makes a network's softmax say how often it is right."""

import numpy as np

import photos
import run

# No finer: a step is what leaving out a fifth of 500 photos moves it by.
TEMPERATURES = np.arange(0.3, 3.0, 0.05)
FOLDS = 5


def _surprise(logits, classes, temperature):
    """Mean negative log-likelihood of the true classes."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(classes)), classes]))


def _best(logits, classes):
    return round(float(min(TEMPERATURES, key=lambda temperature: _surprise(logits, classes, temperature))), 2)


def fit(int8_path, edge, folder):
    """The manifest's `calibration`: the temperature of least surprise, and how far it varies when a fifth is left out."""
    paths = photos.listing(folder)
    logits = run.exact_logits(int8_path, [photos.pixels(path, edge) for path in paths])
    classes = np.array([photos.class_of(path) for path in paths])
    folds = np.arange(len(paths)) % FOLDS
    without = [_best(logits[folds != fold], classes[folds != fold]) for fold in range(FOLDS)]
    return {
        "temperature": _best(logits, classes),
        "fitted": f"least negative log-likelihood over {len(paths)} photos; {min(without)} to {max(without)} on four fifths",
    }
