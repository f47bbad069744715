"""Batches for the reader: synthetic pool and real crops, warped and lit anew each time."""
import glob
import os
import sys

import cv2
import numpy as np

from generator import weather
from generator.grammar import COLOURS
from read_pool import HEIGHT as POOL_H, MARGIN, WIDTH as POOL_W, encode
import plate_data

OUT_W, OUT_H = 128, 64
_DST = np.float32([[0, 0], [OUT_W, 0], [OUT_W, OUT_H], [0, OUT_H]]) - .5


def warp(image, quad):
    """The quadrilateral (4x2 px of `image`) stretched to the reader's input."""
    return cv2.warpPerspective(image, cv2.getPerspectiveTransform(np.float32(quad) - .5, _DST), (OUT_W, OUT_H), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def plain(image):
    """A real crop as the product gives it: the whole crop stretched."""
    return cv2.resize(image, (OUT_W, OUT_H), interpolation=cv2.INTER_AREA)


def _box(x0, y0, x1, y1):
    return np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _turn(quad, rng, degrees, shear, scale):
    """Turns, shears and shakes the corners of a source quad."""
    c = quad.mean(0)
    size = quad.max(0) - quad.min(0)
    p = (quad - c) / size
    a = np.radians(rng.normal(0, degrees))
    m = np.array([[np.cos(a), -np.sin(a)], [np.sin(a) + rng.normal(0, shear), np.cos(a)]]) * np.exp(rng.normal(0, scale, (2, 1)))
    p = p @ m.T + rng.normal(0, .012, (4, 2)) + rng.normal(0, .015, 2)
    return (p * size + c).astype(np.float32)


class Batches:
    """Endless batches. `real_share` of each is real, families weighted by the root of their size; `leave_out` families never train."""

    def __init__(self, data, pool_folder, batch, leave_out=(), real_share=0.45, seed=0):
        self.rng = np.random.default_rng(seed)
        self.pool_folder, self.batch, self.real = pool_folder, batch, int(batch * real_share)
        self.pools, self.pool_names = [], []
        s = plate_data.crop_set(data, POOL_W, POOL_H)
        keep = [i for i, f in enumerate(s["family"]) if not s["held"][i] and f not in leave_out]
        self.images = s["images"][keep]
        self.family = np.array([s["family"][i] for i in keep])
        self.chars = np.stack([encode(s["text"][i]) for i in keep])
        self.lines = np.array([s["lines"][i] - 1 for i in keep])
        self.colour = np.array([-1 if s["colour"][i] is None else COLOURS.index(s["colour"][i]) for i in keep])
        weight = np.array([1 / np.sqrt((self.family == f).sum()) for f in self.family])
        scarce = {"D": 1.3, "Q": 3, "Z": 2, "R": 2, "Đ": 1.5, "Y": 1.5}
        weight *= [max([scarce.get(c, 1) for c in s["text"][i]]) for i in keep]
        self.p = weight / weight.sum()
        self.skipped = s["skipped"]
        self.refresh()

    def refresh(self, limit=16):
        """Takes up new pool files; the oldest go when there are more than `limit`."""
        for path in sorted(glob.glob(os.path.join(self.pool_folder, "*.npz")), key=os.path.getmtime):
            if path not in self.pool_names:
                with np.load(path) as z:
                    self.pools.append({k: z[k] for k in z.files})
                self.pool_names.append(path)
                while len(self.pools) > limit:
                    self.pools.pop(0)

    def _synthetic(self):
        pool = self.pools[int(self.rng.integers(len(self.pools)))]
        i = int(self.rng.integers(len(pool["images"])))
        corners = pool["corners"][i]
        if self.rng.random() < .5:                        # rectified by corners that are a little wrong
            side = np.linalg.norm(corners[1] - corners[0])
            c = corners.mean(0)
            quad = c + (corners - c) * self.rng.uniform(.99, 1.10) + self.rng.normal(0, .018 * side, (4, 2)) * (1, .5)
            quad = quad.astype(np.float32)
        else:                                             # the plain box with a margin
            lo, hi = corners.min(0), corners.max(0)
            m = (hi - lo) * self.rng.uniform(-.01, .10, (2, 2))
            quad = _box(lo[0] - m[0, 0], lo[1] - m[0, 1], hi[0] + m[1, 0], hi[1] + m[1, 1])
            quad = _turn(quad, self.rng, 1.5, .02, .02)
        return warp(pool["images"][i], quad), pool["chars"][i], pool["colour"][i], pool["lines"][i]

    def _real(self):
        i = int(self.rng.choice(len(self.p), p=self.p)) if not hasattr(self, "_cum") else int(np.searchsorted(self._cum, self.rng.random()))
        i = min(i, len(self.p) - 1)
        rng = self.rng
        m = rng.uniform(-.03, .055, 4) * (POOL_W, POOL_H, POOL_W, POOL_H)
        hard = rng.random() < .35                             # as another camera might stand: more oblique, softer, worse lit
        quad = _turn(_box(m[0], m[1], POOL_W - m[2], POOL_H - m[3]), rng, *((8, .14, .07) if hard else (4, .07, .04)))
        picture = self.images[i]
        if rng.random() < .07:                                # cut out by a polygon, as some collections give their plates
            picture = picture.copy()
            corner = _turn(_box(0, 0, POOL_W, POOL_H), rng, 3, .06, .01)
            mask = np.zeros(picture.shape[:2], np.uint8)
            cv2.fillConvexPoly(mask, np.int32(corner), 1)
            picture *= mask[..., None]
        x = warp(picture, quad)
        r = rng.random()
        if r < .2:
            x = cv2.GaussianBlur(x, (0, 0), rng.uniform(.4, 2.0 if hard else 1.4))
        elif r < .4:
            s = rng.uniform(.28 if hard else .4, .8)
            x = cv2.resize(cv2.resize(x, (int(OUT_W * s), int(OUT_H * s)), interpolation=cv2.INTER_AREA), (OUT_W, OUT_H))
        elif r < .5:
            x = weather.blur(x, rng)
        if rng.random() < (.5 if hard else .15):
            x = weather.light(x, rng)
        if rng.random() < .2:
            x = cv2.imdecode(cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(20, 80))])[1], 1)
        return x, self.chars[i], self.colour[i], self.lines[i]

    def next(self):
        """images [B,64,128,3] uint8 RGB, chars [B,10], colour [B] (-1 = not known), lines [B]."""
        self._cum = np.cumsum(self.p) if not hasattr(self, "_cum") else self._cum
        images = np.empty((self.batch, OUT_H, OUT_W, 3), np.uint8)
        chars, colour, lines = np.empty((self.batch, 10), np.int64), np.empty(self.batch, np.int64), np.empty(self.batch, np.int64)
        for b in range(self.batch):
            x, chars[b], colour[b], lines[b] = self._real() if b < self.real else self._synthetic()
            if self.rng.random() < .6:                    # light: gain, gamma, black level, channel by channel a little apart
                ramp = np.arange(256, dtype=np.float32) / 255
                g = np.exp(self.rng.normal(0, .25))
                table = np.stack([np.clip((ramp ** g) * self.rng.normal(1, .04) * np.exp(self.rng.normal(0, .01)), 0, 1) for _ in range(3)], -1)
                table = table * np.clip(self.rng.normal(.95, .2), .4, 1.25) + self.rng.normal(0, .04)
                x = cv2.LUT(np.ascontiguousarray(x), (np.clip(table, 0, 1) * 255).astype(np.uint8)[None])
            if self.rng.random() < .06:
                x = np.repeat(cv2.cvtColor(np.ascontiguousarray(x), cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
                colour[b] = COLOURS.index("unknown")
            images[b] = x
        if self.rng.random() < .3:
            images = np.clip(images + self.rng.normal(0, self.rng.uniform(1, 8), images.shape).astype(np.float32), 0, 255).astype(np.uint8)
        return images, chars, colour, lines
