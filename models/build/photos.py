"""Photos, from file to the network's input: the preprocessing that every figure and the calibration rest on."""

import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

# Of the training code: value = (rgb - MEAN) / SCALE.
MEAN = 127
SCALE = 128

# The training code crops a square of edge / (edge + 32) of the photo's short side, and rounds as below.
CROP_PADDING = 32


def crop_share(edge):
    return edge / (edge + CROP_PADDING)


def crop_box(width, height, edge):
    """Left, top, right, bottom of the centre square."""
    side = int(min(width, height) * crop_share(edge))
    left, top = (width - side + 1) // 2, (height - side + 1) // 2
    return left, top, left + side, top + side


def listing(folder):
    """The JPEG files of a folder by name."""
    return sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in (".jpg", ".jpeg"))


def evenly(items, count):
    """`count` of the items, at even steps from the first: the same ones each time, spread over a sorted list."""
    return [items[i * len(items) // count] for i in range(min(count, len(items)))]


def class_of(path):
    """The class index that starts the file's name (`123_n0000_name.jpg`) or ends it (`imagenet_00_123.jpg`)."""
    return int(re.match(r"(\d+)_", path.name)[1] if path.name[0].isdigit() else re.search(r"(\d+)$", path.stem)[1])


def read(path):
    """RGB, upright, transparency laid on white."""
    image = ImageOps.exif_transpose(Image.open(path))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def crop_and_resize(image, edge):
    """The centre square, cut out and then resized with Pillow's bicubic filter (it widens with the scale: no aliasing)."""
    return image.crop(crop_box(*image.size, edge)).resize((edge, edge), Image.Resampling.BICUBIC)


def pixels(path, edge):
    """The photo as the network's edge × edge RGB bytes."""
    return np.asarray(crop_and_resize(read(path), edge))


def tensor(rgb):
    """RGB bytes (height, width, 3) to the network's input (1, 3, height, width)."""
    values = (rgb.astype(np.float32) - MEAN) / SCALE
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])
