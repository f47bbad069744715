"""Draws one flat plate: background, frame, bolts, characters, dirt. Pictures are BGR uint8."""
import cv2
import numpy as np

from . import fonts
from .glyphs import StrokeFont

_GROUND = {"white": (236, 238, 236), "yellow": (28, 182, 238), "blue": (150, 72, 22), "red": (38, 26, 196)}
_INK = {"white": (28, 26, 26), "yellow": (26, 26, 26), "blue": (238, 238, 236), "red": (238, 238, 236)}
_RED_INK = (44, 34, 190)


def _near(rng, colour, spread):
    return tuple(int(np.clip(c + rng.normal(0, spread), 0, 255)) for c in colour)


def pick_font(rng, reserved=False):
    """Our stroke font most of the time, else one of Debian's; `reserved`: only the fonts kept for the demo."""
    paths = [p for p in (fonts.RESERVED if reserved else fonts.TRAINING) if fonts.usable(p)]
    if reserved:
        return fonts.FileFont(paths[int(rng.integers(len(paths)))], rng)
    if not paths or rng.random() < 0.62:
        return StrokeFont(rng)
    return fonts.FileFont(paths[int(rng.integers(len(paths)))], rng)


def _row(image, rng, font, row, x0, x1, y, height, ink, red, red_letters, bold):
    """Draws one row of text spread between x0 and x1."""
    widths = [font.advance(c) * height for c in row]
    gaps = max(1, len(row) - 1)
    free = (x1 - x0) - sum(widths)
    squeeze = 1.0
    if free < gaps * height * 0.03:   # too wide: smaller characters rather than overlapping ones
        squeeze = (x1 - x0 - gaps * height * 0.04) / sum(widths)
        squeeze = max(0.55, squeeze)
    h = height * max(squeeze, 0.8)
    widths = [w * squeeze for w in widths]
    gap = min((x1 - x0 - sum(widths)) / gaps, height * rng.uniform(0.1, 0.45))
    total = sum(widths) + gap * (len(row) - 1)
    x = (x0 + x1) / 2 - total / 2 + rng.normal(0, 0.01) * (x1 - x0)
    y = y + (height - h) / 2
    for c, w in zip(row, widths):
        font.draw(image, c, x, y + rng.normal(0, 0.006) * h, h * (squeeze / max(squeeze, .8) if squeeze < .8 else 1),
                  red if c in red_letters else ink, bold)
        x += w + gap


def draw(text, rng, reserved=False, clean=False):
    """The flat plate of `text` (a PlateText), about 1 px/mm for long plates and 2 px/mm for small ones."""
    mm_w, mm_h = text.size_mm
    scale = 1.0 if mm_w > 400 else (1.3 if mm_w > 250 else 2.0)
    w, h = int(mm_w * scale), int(mm_h * scale)
    ground = _near(rng, _GROUND[text.colour], 4 if clean else 10)
    ink = _near(rng, _INK[text.colour], 10)
    red = _near(rng, _RED_INK, 12)
    if text.colour == "white" and not clean and rng.random() < 0.2:      # an old, yellowed plate
        ground = _near(rng, (205, 226, 232), 8)
    if not clean and rng.random() < 0.12:                                 # faded ink
        ink = tuple(int(i * .6 + g * .4) for i, g in zip(ink, ground))
    image = np.empty((h, w, 3), np.uint8)
    image[:] = ground
    font = pick_font(rng, reserved)
    bold = rng.uniform(0.88, 1.15)
    edge = h * rng.uniform(0.025, 0.05)
    if rng.random() < 0.75:                                               # the embossed rim
        t = max(1, int(h * rng.uniform(0.012, 0.03)))
        rim = ink if rng.random() < 0.7 else tuple(int(c * .75) for c in ground)
        cv2.rectangle(image, (int(edge), int(edge)), (int(w - edge), int(h - edge)), rim, t, cv2.LINE_AA)
    rows = text.rows
    if len(rows) == 1:
        ch = h * rng.uniform(0.66, 0.78)
        pad = w * rng.uniform(0.03, 0.07)
        _row(image, rng, font, rows[0], pad, w - pad, (h - ch) / 2, ch, ink, red, text.red_letters, bold)
    else:
        top = h * rng.uniform(0.05, 0.12)
        ch1, ch2 = h * rng.uniform(0.33, 0.385), h * rng.uniform(0.36, 0.42)
        gap = max(.02 * h, h - 2 * top - ch1 - ch2)
        pad1, pad2 = w * rng.uniform(0.08, 0.2), w * rng.uniform(0.04, 0.1)
        _row(image, rng, font, rows[0], pad1, w - pad1, top, ch1, ink, red, text.red_letters, bold)
        _row(image, rng, font, rows[1], pad2, w - pad2, top + ch1 + gap, ch2, ink, red, text.red_letters, bold)
    if clean:
        return _round(image, h)
    image = _emboss(image, rng)
    _bolts(image, rng)
    if rng.random() < 0.3:
        _emblem(image, rng, ink)
    if rng.random() < 0.45:
        _dirt(image, rng)
    return _round(image, h)


def _round(image, h):
    """Adds an alpha plane with rounded corners."""
    mask = np.zeros(image.shape[:2], np.uint8)
    r = int(h * 0.06)
    cv2.rectangle(mask, (r, 0), (mask.shape[1] - r, mask.shape[0]), 255, -1)
    cv2.rectangle(mask, (0, r), (mask.shape[1], mask.shape[0] - r), 255, -1)
    for x in (r, mask.shape[1] - r - 1):
        for y in (r, mask.shape[0] - r - 1):
            cv2.circle(mask, (x, y), r, 255, -1)
    return np.dstack([image, mask])


def _emboss(image, rng):
    """A light and a dark edge along the pressed characters."""
    if rng.random() < 0.5:
        return image
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.int16)
    d = int(rng.choice([2, 3]))
    relief = np.roll(grey, d, 0) - np.roll(grey, -d, 0)
    amount = rng.uniform(0.08, 0.3) * rng.choice([-1, 1])
    return np.clip(image + (relief * amount).astype(np.int16)[..., None], 0, 255).astype(np.uint8)


def _bolts(image, rng):
    h, w = image.shape[:2]
    for fx, fy in ([(.5, .5)] if rng.random() < .05 else [(.12, .08), (.88, .08), (.12, .92), (.88, .92), (.03, .5), (.97, .5)]):
        if rng.random() < 0.3:
            r = int(h * rng.uniform(0.015, 0.04)) + 1
            shade = int(rng.uniform(30, 200))
            cv2.circle(image, (int(w * fx), int(h * fy)), r, (shade, shade, int(shade * rng.uniform(.8, 1.1)) % 256), -1, cv2.LINE_AA)


def _emblem(image, rng, ink):
    """The police stamp, pressed between the characters."""
    h, w = image.shape[:2]
    ground = image[int(h * .02) + 1, w // 2].astype(int)
    c = tuple(int(g * .8 + i * .2) for g, i in zip(ground, ink))
    cv2.circle(image, (int(w * rng.uniform(.35, .65)), int(h * rng.uniform(.1, .55))), int(h * .045) + 1, c, max(1, h // 90), cv2.LINE_AA)


def _dirt(image, rng):
    """Dust film, spots, scratches and splashes."""
    h, w = image.shape[:2]
    brown = np.array(_near(rng, (70, 96, 118), 20), np.float32)
    film = cv2.resize(rng.random((4, 6)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    film = np.clip(film * rng.uniform(0.1, 0.75) - rng.uniform(0, .2), 0, .65)[..., None]
    image[:] = (image * (1 - film) + brown * film).astype(np.uint8)
    for _ in range(int(rng.integers(0, 14))):
        p = (int(rng.integers(w)), int(rng.integers(h)))
        c = tuple(int(b * rng.uniform(.4, 1.3)) % 256 for b in brown)
        if rng.random() < 0.8:
            cv2.circle(image, p, int(rng.uniform(1, h * .03)) + 1, c, -1, cv2.LINE_AA)
        else:
            q = (int(p[0] + rng.normal(0, w * .1)), int(p[1] + rng.normal(0, h * .1)))
            cv2.line(image, p, q, c, 1, cv2.LINE_AA)
