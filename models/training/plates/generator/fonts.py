"""Glyphs from fonts that Debian packages, used beside our own stroke font (packages: see the training card)."""
import functools
import os

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

_ROOT = "/usr/share/fonts"
TRAINING = tuple(os.path.join(_ROOT, p) for p in (
    "truetype/roboto/unhinted/RobotoCondensed-Bold.ttf", "truetype/liberation/LiberationSansNarrow-Bold.ttf",
    "opentype/bebas-neue/BebasNeue-Bold.otf", "opentype/bebas-neue/BebasNeue-Regular.otf",
    "truetype/roadgeek/RG2014B.ttf", "truetype/roadgeek/RG2014C.ttf", "truetype/roadgeek/RG2014D.ttf",
    "opentype/urw-base35/NimbusSansNarrow-Bold.otf", "truetype/dejavu/DejaVuSansCondensed-Bold.ttf",
    "opentype/dosis/Dosis-Bold.otf", "opentype/b612/B612-Bold.otf"))
# Kept for the demo's clip: training never sees these.
RESERVED = tuple(os.path.join(_ROOT, p) for p in ("truetype/opendin/OSP-DIN.ttf", "opentype/national-park/NationalPark-Heavy.otf"))
_HEIGHT = 128


@functools.lru_cache(maxsize=None)
def _glyph(path, char):
    """The character's mask cut to its ink, uint8, at the cap height of `_HEIGHT` px; None where the font lacks it."""
    font = ImageFont.truetype(path, _HEIGHT)
    if char not in "1-." and font.getmask(char).getbbox() is None:
        return None
    image = Image.new("L", (_HEIGHT * 3, _HEIGHT * 3), 0)
    ImageDraw.Draw(image).text((_HEIGHT, _HEIGHT // 2), char, fill=255, font=font)
    box = image.getbbox()
    if box is None:
        return None
    return np.asarray(image.crop(box)).copy()


@functools.lru_cache(maxsize=None)
def _cap(path):
    return _glyph(path, "H").shape[0]


def usable(path):
    """Whether the font is installed and draws all characters, Đ included, differently from its missing-glyph box."""
    if not os.path.isfile(path):
        return False
    return all(_glyph(path, c) is not None for c in "0123456789ABCDEFGHKLMNPQRSTUVXYZ")


class FileFont:
    """A font file, squeezed sideways by a random share; `advance` and `draw` as in `StrokeFont`."""

    def __init__(self, path, rng):
        self.path = path
        digits = np.mean([_glyph(path, c).shape[1] for c in "0234568"]) / _cap(path)
        self._squeeze = rng.uniform(0.42, 0.58) / digits
        self._dilate = int(rng.integers(0, 3)) * 2
        self._dot = rng.uniform(0.6, 0.95)

    def advance(self, char):
        if char == "-":
            return 0.3
        if char == ".":
            return 0.12
        c = "D" if char == "Đ" else char
        return max(0.2, _glyph(self.path, c).shape[1] / _cap(self.path) * self._squeeze)

    def draw(self, image, char, x, y, height, colour, bold=1.0):
        if char in "-.":
            t = 0.14 * height
            w = self.advance(char) * height
            if char == "-":
                cv2.rectangle(image, (int(x), int(y + height * .5 - t * .4)), (int(x + w), int(y + height * .5 + t * .4)), colour, -1, cv2.LINE_AA)
            else:
                cv2.circle(image, (int(x + w / 2), int(y + height * self._dot)), max(1, int(t * .55)), colour, -1, cv2.LINE_AA)
            return
        mask = _glyph(self.path, "D" if char == "Đ" else char)
        if self._dilate:
            mask = cv2.dilate(mask, np.ones((self._dilate + 1, self._dilate + 1), np.uint8))
        w = max(2, int(self.advance(char) * height))
        mask = cv2.resize(mask, (w, int(height)), interpolation=cv2.INTER_AREA)
        if char == "Đ":
            mid = int(height * .5)
            mask = cv2.copyMakeBorder(mask, 0, 0, int(height * .08), 0, cv2.BORDER_CONSTANT, value=0)
            cv2.rectangle(mask, (0, mid - int(height * .055)), (int(w * .55) + int(height * .08), mid + int(height * .055)), 255, -1)
            x -= int(height * .08)
        x, y = int(round(x)), int(round(y))
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + mask.shape[1], image.shape[1]), min(y + mask.shape[0], image.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        a = mask[y0 - y:y1 - y, x0 - x:x1 - x, None].astype(np.float32) / 255
        roi = image[y0:y1, x0:x1]
        roi[:] = (roi * (1 - a) + np.array(colour, np.float32) * a).astype(np.uint8)
