"""Batches for the reader: synthetic pool and real crops, warped and lit anew each time."""
import glob
import os

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


def stand(image, lines, rng, hard):
    """A real crop as a camera that stands elsewhere would give it: the plate turned and sheared in its true shape, then the box around it
    with uneven margins, stretched. What the crop does not show is filled in one of several ways."""
    shape = rng.uniform(1.2, 1.5) if lines == 2 else rng.uniform(3.2, 4.6)     # width to height of the plate itself
    h, w = image.shape[:2]
    rim = np.float32((w, h)) * .037                                            # the crops' own margin
    plate = _box(rim[0], rim[1], w - rim[0], h - rim[1])
    flat = _box(-shape / 2, -.5, shape / 2, .5)
    turn, shear, shake = (11, .17, .02) if hard else (4, .06, .01)
    a = np.radians(np.clip(rng.normal(0, turn), -28, 28)) * (1 if lines == 2 else .6)
    across, down = rng.normal(0, shear), rng.normal(0, shear) * (1 if lines == 2 else .4)
    p = flat @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]).T @ np.array([[1, across], [down, 1]]).T
    p += rng.normal(0, shake, (4, 2)) * (shape, 1)
    lo, hi = p.min(0), p.max(0)
    m = (hi - lo) * (rng.uniform(-.02, .16, (2, 2)) if rng.random() < .2 else rng.uniform(-.02, .07, (2, 2)))
    lo, hi = lo - m[0], hi + m[1]
    target = (p - lo) / (hi - lo) * (OUT_W, OUT_H) - .5
    fill = rng.random()
    border = cv2.BORDER_REPLICATE if fill < .4 else cv2.BORDER_REFLECT_101 if fill < .65 else cv2.BORDER_CONSTANT
    value = (0, 0, 0) if fill > .88 else tuple(np.clip(rng.uniform(0, 255) + rng.normal(0, 15, 3), 0, 255))
    return cv2.warpPerspective(image, cv2.getPerspectiveTransform(np.float32(plate) - .5, np.float32(target)), (OUT_W, OUT_H), flags=cv2.INTER_LINEAR,
                               borderMode=border, borderValue=value)


def glare(image, rng):
    """One or two soft spots of light that eat into the characters, as lamps and the sun leave on a plate."""
    yy, xx = np.mgrid[0:OUT_H, 0:OUT_W].astype(np.float32) / np.float32(OUT_H)
    x = image.astype(np.float32)
    for _ in range(int(rng.integers(1, 3))):
        a, size = rng.uniform(0, np.pi), rng.uniform(.06, .3, 2)
        u, v = xx - rng.uniform(0, 2), yy - rng.uniform(0, 1)
        spot = np.exp(-((u * np.cos(a) + v * np.sin(a)) / size[0]) ** 2 - ((v * np.cos(a) - u * np.sin(a)) / size[1]) ** 2)
        x += (rng.uniform(60, 190) * spot)[..., None]
    return np.clip(x, 0, 255).astype(np.uint8)


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
            m = (hi - lo) * self.rng.uniform(-.02, .12, (2, 2))
            quad = _box(lo[0] - m[0, 0], lo[1] - m[0, 1], hi[0] + m[1, 0], hi[1] + m[1, 1])
            quad = _turn(quad, self.rng, 1.5, .02, .02)
        return warp(pool["images"][i], quad), pool["chars"][i], pool["colour"][i], pool["lines"][i]

    def _real(self):
        i = int(self.rng.choice(len(self.p), p=self.p)) if not hasattr(self, "_cum") else int(np.searchsorted(self._cum, self.rng.random()))
        i = min(i, len(self.p) - 1)
        rng = self.rng
        hard = rng.random() < .45                             # as another camera might stand: more oblique, softer, worse lit
        picture = self.images[i]
        if rng.random() < .07:                                # cut out by a polygon, as some collections give their plates
            picture = picture.copy()
            corner = _turn(_box(0, 0, POOL_W, POOL_H), rng, 3, .06, .01)
            mask = np.zeros(picture.shape[:2], np.uint8)
            cv2.fillConvexPoly(mask, np.int32(corner), 1)
            picture *= mask[..., None]
        x = stand(picture, self.lines[i] + 1, rng, hard)
        r = rng.random()
        if r < .2:
            x = cv2.GaussianBlur(x, (0, 0), rng.uniform(.4, 2.0 if hard else 1.4))
        elif r < .4:
            s = rng.uniform(.25 if hard else .4, .8)
            x = cv2.resize(cv2.resize(x, (int(OUT_W * s), int(OUT_H * s)), interpolation=cv2.INTER_AREA), (OUT_W, OUT_H), interpolation=cv2.INTER_LINEAR if rng.random() < .6 else cv2.INTER_CUBIC)
        elif r < .5:
            x = weather.blur(x, rng)
        if rng.random() < (.5 if hard else .15):
            x = weather.light(x, rng)
        if rng.random() < .1:
            x = glare(x, rng)
        if rng.random() < .1:                                 # a camera that sharpens
            x = cv2.addWeighted(x, 2, cv2.GaussianBlur(x, (0, 0), rng.uniform(.7, 1.6)), -1, 0)
        if rng.random() < .25:                                # another camera's colours: paler, or of another light
            grey = cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[..., None]
            pale = rng.uniform(0, .6)
            x = np.clip((x * (1 - pale) + grey * pale) * rng.normal(1, .07, 3), 0, 255).astype(np.uint8)
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
