"""The photos and pictures that the tests decode, in tests/fixtures/images/."""

import io

from PIL import Image, ImageOps

# Files of scikit-image and what their width becomes; each is in the public domain or CC0, see the folder's README.
PHOTOS = {
    "astronaut.png": 512,
    "camera.png": 512,
    "chelsea.png": 451,
    "coffee.png": 600,
    "hubble_deep_field.jpg": 400,
    "retina.jpg": 500,
    "rocket.jpg": 640,
}

# How stored pixels must be turned so that a reader of the EXIF orientation ends with the upright picture.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
ORIENTATION = 0x0112


def write(sources, folder):
    """Everything; returns the paths of the photos."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, width in PHOTOS.items():
        photo = Image.open(io.BytesIO(sources.read("scikit-image", f"skimage/data/{name}")))
        photo = photo.resize((width, round(photo.height * width / photo.width)), Image.Resampling.LANCZOS)
        paths.append((folder / name).with_suffix(".jpg"))
        photo.save(paths[-1], quality=85, optimize=True)
    coffee = Image.open(folder / "coffee.jpg").resize((96, 64), Image.Resampling.LANCZOS)
    _formats(coffee, folder / "formats")
    _turned_avif(folder)
    _orientations(folder / "orientation")
    return paths


def _formats(picture, folder):
    """One small picture in many formats."""
    folder.mkdir(exist_ok=True)
    grey = picture.convert("L")
    # From opaque at the left edge to transparent at the right.
    alpha = Image.linear_gradient("L").rotate(-90).resize(picture.size)
    translucent = picture.copy()
    translucent.putalpha(alpha)
    grey_alpha = grey.copy()
    grey_alpha.putalpha(alpha)
    palette = picture.quantize(64)
    second = ImageOps.invert(picture)

    picture.save(folder / "rgb.png", optimize=True)
    translucent.save(folder / "rgba.png", optimize=True)
    grey.save(folder / "grey.png", optimize=True)
    grey_alpha.save(folder / "grey-alpha.png", optimize=True)
    # 257 spreads 0..255 over 0..65535 without a remainder.
    grey.convert("I").point(lambda value: value * 257).convert("I;16").save(folder / "grey-16-bit.png")
    palette.save(folder / "palette.png", optimize=True)
    palette.save(folder / "palette-transparent.png", optimize=True, transparency=palette.getpixel((0, 0)))
    picture.save(folder / "baseline.jpg", quality=90)
    picture.save(folder / "progressive.jpg", quality=90, progressive=True)
    grey.save(folder / "grey.jpg", quality=90)
    picture.convert("CMYK").save(folder / "cmyk.jpg", quality=90)
    picture.save(folder / "lossy.webp", quality=90)
    picture.save(folder / "lossless.webp", lossless=True)
    translucent.save(folder / "alpha.webp", lossless=True)
    picture.save(folder / "animated.webp", lossless=True, save_all=True, append_images=[second], duration=200)
    palette.save(folder / "still.gif")
    palette.save(folder / "animated.gif", save_all=True, append_images=[second.quantize(64)], duration=200)
    picture.save(folder / "rgb.bmp")
    picture.save(folder / "rgb.tiff", compression="tiff_lzw")
    grey.save(folder / "grey.tiff")
    translucent.resize((48, 32)).crop((0, 0, 32, 32)).save(folder / "icon.ico", sizes=[(32, 32)])
    picture.save(folder / "rgb.tga", compression="tga_rle")
    picture.save(folder / "rgb.ppm")
    grey.save(folder / "grey.pgm")
    picture.save(folder / "rgb.qoi")


def _turned_avif(folder):
    """coffee.jpg at 300 × 200, stored on its side; Pillow writes the orientation into the container, where AVIF has it."""
    photo = Image.open(folder / "coffee.jpg").resize((300, 200), Image.Resampling.LANCZOS)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    photo.transpose(TURNS[6]).save(folder / "formats/turned.avif", quality=60, speed=4, exif=exif)


def _orientations(folder):
    """orientation-1.jpg to -8.jpg: upright 64 × 48, top row red and green, bottom row blue and white."""
    folder.mkdir(exist_ok=True)
    upright = Image.new("RGB", (64, 48))
    for box, colour in (
        ((0, 0, 32, 24), "red"),
        ((32, 0, 64, 24), "lime"),
        ((0, 24, 32, 48), "blue"),
        ((32, 24, 64, 48), "white"),
    ):
        upright.paste(colour, box)
    for orientation in range(1, 9):
        stored = upright.transpose(TURNS[orientation]) if orientation in TURNS else upright
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        # Colour at full resolution, so that the edges between the quarters stay sharp.
        stored.save(folder / f"orientation-{orientation}.jpg", quality=90, subsampling=0, exif=exif)
