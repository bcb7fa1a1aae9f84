"""The benchmark's photos, made from a few small ones: as many pixels and bytes as a camera's, in the formats that people drop."""

import numpy as np
from PIL import Image

import photos

BIG = (4000, 3000)
MIDDLE = (2000, 1500)
SMALL = (500, 375)

# What is enlarged has no detail; noise of so many steps makes a file of 12 megapixels as long as a phone's, 3 to 4 MB.
NOISE = 9

QUALITY = 90

# The sample with the surest answer.
ONE = "coffee"


def write(folder, samples):
    """`big/` and `small/` with every sample under its name, and of one sample a file of each other kind."""
    for name in ("big", "small"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for sample in samples:
        _enlarged(sample, BIG).save(folder / "big" / sample.name, quality=QUALITY)
        _fitted(sample, SMALL).save(folder / "small" / sample.name, quality=QUALITY)
    (sample,) = (sample for sample in samples if sample.stem == ONE)
    _enlarged(sample, BIG).save(folder / "big-progressive.jpg", quality=QUALITY, progressive=True)
    _enlarged(sample, MIDDLE).save(folder / "middle.png")
    _enlarged(sample, MIDDLE).save(folder / "middle.webp", quality=QUALITY)


def _fitted(path, size):
    """The largest part of the photo that has the shape of `size`, in that size."""
    image = photos.read(path)
    share = min(image.width / size[0], image.height / size[1])
    width, height = size[0] * share, size[1] * share
    left, top = (image.width - width) / 2, (image.height - height) / 2
    return image.resize(size, Image.Resampling.BICUBIC, (left, top, left + width, top + height))


def _enlarged(path, size):
    grain = np.random.default_rng(0).normal(0, NOISE, (size[1], size[0], 3)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(_fitted(path, size)) + grain, 0, 255).astype(np.uint8))
