"""Scores networks: top-1 and top-5 on labelled photos, and what they say of pictures that hold none of the classes."""

import numpy as np

import photos
import run

# Pictures that show none of ImageNet's 1000 classes, by the package whose wheel they are read from.
OPEN_SET = {
    "scikit-image": [
        "skimage/data/cell.png",
        "skimage/data/chessboard_GRAY.png",
        "skimage/data/coins.png",
        "skimage/data/color.png",
        "skimage/data/grass.png",
        "skimage/data/gravel.png",
        "skimage/data/hubble_deep_field.jpg",
        "skimage/data/ihc.png",
        "skimage/data/microaneurysms.png",
        "skimage/data/moon.png",
        "skimage/data/page.png",
        "skimage/data/phantom.png",
        "skimage/data/retina.jpg",
        "skimage/data/text.png",
    ],
    "scikit-learn": ["sklearn/datasets/images/flower.jpg"],
    "mahotas": ["mahotas/demos/data/luispedro.jpg", "mahotas/demos/data/nuclear.png"],
    "cartopy": [
        "cartopy/data/raster/natural_earth/50-natural-earth-1-downsampled.png",
        "cartopy/data/raster/sample/Miriam.A2012270.2050.2km.jpg",
    ],
}

# As usual for plain softmax scores: a tag is suggested from the first on and accepted from the second.
SUGGEST, ACCEPT = 0.20, 0.65


def _softmax(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _row(name, network, logits, classes):
    best = run.best(logits, 5)
    hits = best == classes[:, None]
    return {
        "set": name,
        "network": network,
        "photos": len(classes),
        "top1": round(float(hits[:, 0].mean()), 4),
        "top5": round(float(hits.any(axis=1).mean()), 4),
    }


def accuracy(networks, edge, folder, calibration, sources, work):
    """One entry for each set and network. `networks`: name to a function of images that returns logits."""
    labelled = photos.listing(folder)
    validation = photos.listing(sources.extract("foolbox", "foolbox/data/imagenet_*.jpg", work / "validation"))
    paths = labelled + validation
    images = [photos.pixels(path, edge) for path in paths]
    classes = [photos.class_of(path) for path in paths]
    calibrated = {path.name for path in calibration}
    sets = {
        "labelled photos": list(range(len(labelled))),
        "labelled photos not calibrated on": [i for i, path in enumerate(labelled) if path.name not in calibrated],
        "ImageNet validation photos in foolbox": list(range(len(labelled), len(paths))),
    }
    rows = []
    for network, logits_of in networks.items():
        logits = logits_of(images)
        rows += [_row(name, network, logits[chosen], np.take(classes, chosen)) for name, chosen in sets.items()]
    return rows


def open_set(networks, edge, sources, work):
    """What each network's surest answer is worth where every answer is wrong."""
    folder = work / "open-set"
    names = [(package, name) for package, paths in OPEN_SET.items() for name in paths]
    for package, name in names:
        sources.extract(package, name, folder)
    images = [photos.pixels(folder / name.rpartition("/")[2], edge) for _, name in names]
    rows = []
    for network, logits_of in networks.items():
        surest = _softmax(logits_of(images)).max(axis=1)
        rows.append(
            {
                "network": network,
                "pictures": len(images),
                "median": round(float(np.median(surest)), 3),
                "greatest": round(float(surest.max()), 3),
                "suggested": int((surest >= SUGGEST).sum()),
                "accepted": int((surest >= ACCEPT).sum()),
            }
        )
    return rows


def table(rows):
    """Markdown."""
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads)] + [[str(row[head]) for head in heads] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
