"""A stroke font of our own, in the manner of the characters on Vietnamese plates.

Each glyph is a list of polylines in a unit box (x right, y down). A `StrokeFont` draws them with a pen
of one thickness; its shape parameters are drawn at random once a plate, so that no two plates need look alike.
"""
import math

import cv2
import numpy as np


def _arc(cx, cy, rx, ry, start, stop, steps=14):
    """Points of an elliptic arc, angles in degrees, 0 = right, 90 = down."""
    angles = np.radians(np.linspace(start, stop, steps))
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def _loop(x0, y0, x1, y1, r):
    """A closed rounded box: r is the vertical extent of its round ends."""
    cx, rx = (x0 + x1) / 2, (x1 - x0) / 2
    r = min(r, (y1 - y0) / 2)
    return (_arc(cx, y0 + r, rx, r, 180, 360) + _arc(cx, y1 - r, rx, r, 0, 180) + [(x0, y0 + r)])


def build(r=0.3, waist=0.47, four_open=0.0, flag=0.25, seven=0.4, six_open=0.0, valley=0.7, bar=(-.22, .38)):
    """All 34 glyphs (digits, letters, Đ) plus '-' and '.', as polylines in the unit box."""
    top, low = waist - 0.02, waist
    g = {
        "0": [_loop(0, 0, 1, 1, r)],
        "1": [[(0.62 - 0.55 * flag / 0.25 * 0.7, flag), (0.62, 0), (0.62, 1)]],
        "2": [_arc(0.5, r, 0.5, r, 190, 360) + [(0.98, r + 0.08), (0.0, 1), (1, 1)]],
        "3": [_arc(0.5, min(r, .25), 0.5, min(r, .25), 195, 360) + _arc(0.5, top - .2, 0.5, 0.2, 20, 90)
              + [(0.35, top)], [(0.5, top)] + _arc(0.5, top + .22, 0.5, .22, -90, 0)
              + _arc(0.5, 1 - min(r, .25), 0.5, min(r, .25), 0, 165)],
        "4": [[(0.6 - 0.1 * four_open, 0), (0.0, 0.7), (1.0, 0.7)], [(0.74, 0.42 - 0.42 * (1 - four_open)), (0.74, 1)]],
        "5": [[(0.92, 0), (0.08, 0), (0.04, low)] + _arc(0.5, low + .2, .5, .27, 205, 360)
              + _arc(0.5, 1 - min(r, .27), .5, min(r, .27), 0, 165)],
        "6": [_loop(0, waist - .07, 1, 1, min(r, .27)), [(0, .7), (0, r)] + _arc(0.5, r, .5, r, 180, 345 - 60 * six_open)],
        "7": [[(0, 0), (1, 0), (seven, 1)]],
        "8": [_loop(0.05, 0, 0.95, waist, .23), _loop(0, waist, 1, 1, .26)],
        "9": [_loop(0, 0, 1, 1.07 - waist, min(r, .27)), [(1, .3), (1, 1 - r)] + _arc(0.5, 1 - r, .5, r, 0, 165 - 60 * six_open)],
        "A": [[(0, 1), (0.5, 0), (1, 1)], [(0.17, .68), (0.83, .68)]],
        "B": [[(0, 0), (0, 1)], [(0, 0), (.55, 0)] + _arc(.55, .24, .4, .24, -90, 90) + [(0, .48)],
              [(.55, .48)] + _arc(.55, .74, .45, .26, -90, 90) + [(0, 1)]],
        "C": [_arc(.5, r, .5, r, 345, 180) + _arc(.5, 1 - r, .5, r, 180, 15)],
        "D": [[(0, 0), (0, 1)], [(0, 0), (.45, 0)] + _arc(.45, min(r, .35), .55, min(r, .35), -90, 0)
              + _arc(.45, 1 - min(r, .35), .55, min(r, .35), 0, 90) + [(0, 1)]],
        "E": [[(1, 0), (0, 0), (0, 1), (1, 1)], [(0, low), (.85, low)]],
        "F": [[(1, 0), (0, 0), (0, 1)], [(0, low), (.85, low)]],
        "G": [_arc(.5, r, .5, r, 345, 180) + _arc(.5, 1 - r, .5, r, 180, 0) + [(1, .55), (.55, .55)]],
        "H": [[(0, 0), (0, 1)], [(1, 0), (1, 1)], [(0, low), (1, low)]],
        "K": [[(0, 0), (0, 1)], [(1, 0), (0, .6)], [(.35, .4), (1, 1)]],
        "L": [[(0, 0), (0, 1), (1, 1)]],
        "M": [[(0, 1), (0, 0), (.5, valley), (1, 0), (1, 1)]],
        "N": [[(0, 1), (0, 0), (1, 1), (1, 0)]],
        "P": [[(0, 1), (0, 0), (.55, 0)] + _arc(.55, .27, .45, .27, -90, 90) + [(0, .54)]],
        "Q": [_loop(0, 0, 1, 1, r), [(.6, .72), (1.02, 1.05)]],
        "R": [[(0, 1), (0, 0), (.55, 0)] + _arc(.55, .26, .45, .26, -90, 90) + [(0, .52)], [(.5, .52), (1, 1)]],
        "S": [_arc(.5, .25, .5, .25, 345, 180) + _arc(.5, .28, .5, .22, 180, 110)
              + _arc(.5, .72, .5, .22, -70, 0) + _arc(.5, .75, .5, .25, 0, 165)],
        "T": [[(0, 0), (1, 0)], [(.5, 0), (.5, 1)]],
        "U": [[(0, 0), (0, 1 - r)] + _arc(.5, 1 - r, .5, r, 180, 0) + [(1, 0)]],
        "V": [[(0, 0), (.5, 1), (1, 0)]],
        "X": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
        "Y": [[(0, 0), (.5, .5), (1, 0)], [(.5, .5), (.5, 1)]],
        "Z": [[(0, 0), (1, 0), (0, 1), (1, 1)]],
    }
    g["Đ"] = g["D"] + [[(bar[0], low), (bar[1], low)]]
    return g


class StrokeFont:
    """One random instance of the stroke font.

    `thickness` and `width` are shares of the character height."""

    def __init__(self, rng):
        self.width = rng.uniform(0.42, 0.60)
        self.thickness = rng.uniform(0.105, 0.185)
        self.slant = rng.normal(0, 0.01)
        self.dot = rng.uniform(0.6, 0.95)                 # where the dot stands, as a share of the height
        self._glyphs = build(r=rng.uniform(0.2, 0.34), waist=rng.uniform(0.43, 0.50), four_open=rng.choice([0.0, 1.0]),
                             flag=rng.uniform(0.14, 0.28), seven=rng.uniform(0.25, 0.5), six_open=rng.uniform(0, 1) * rng.choice([0, 1]),
                             valley=rng.uniform(0.35, 1.0), bar=(rng.uniform(-.3, -.14), rng.uniform(.22, .5)))

    def advance(self, char):
        """Width of a character without its spacing, as a share of the height."""
        if char == "1":
            return self.width * 0.78
        return {"-": 0.3, ".": 0.12, "M": self.width * 1.12}.get(char, self.width)

    def draw(self, image, char, x, y, height, colour, bold=1.0):
        """Draws one character with its upper left corner at (x, y) px."""
        t = self.thickness * height * bold
        w = self.advance(char) * height
        pen = max(1, int(round(t)))
        if char == "-":
            cv2.rectangle(image, (int(x), int(y + height * .5 - t * .4)), (int(x + w), int(y + height * .5 + t * .4)), colour, -1, cv2.LINE_AA)
            return
        if char == ".":
            cv2.circle(image, (int(x + w / 2), int(y + height * self.dot)), max(1, int(t * .55)), colour, -1, cv2.LINE_AA)
            return
        left, up = x + t / 2, y + t / 2
        sx, sy = max(1.0, w - t), height - t
        lines = []
        for line in self._glyphs[char]:
            p = np.array(line, np.float32)
            p = np.stack([left + p[:, 0] * sx + self.slant * (1 - p[:, 1]) * height, up + p[:, 1] * sy], 1)
            lines.append(np.round(p * 16).astype(np.int32))
        cv2.polylines(image, lines, False, colour, pen, cv2.LINE_AA, 4)
