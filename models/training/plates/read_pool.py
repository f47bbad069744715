"""A pool of synthetic plate crops for the reader, made by a process of its own at low priority.

A pool file (.npz) holds `images` [N,80,160,3] uint8 RGB: the plate's bounding box with 12 % margin, stretched;
`corners` [N,4,2] px of that picture (top-left, top-right, bottom-right, bottom-left as read upright); `chars` [N,10];
`colour` [N]; `lines` [N] (0 = one, 1 = two).
"""
import argparse
import glob
import os
import sys
import time

import cv2
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from generator import grammar, plate, scene, weather  # noqa: E402

WIDTH, HEIGHT, MARGIN, PLACES = 160, 80, 0.12, 10


def encode(text):
    """Ten class indices, 0 = blank, left-aligned."""
    row = np.zeros(PLACES, np.int64)
    for i, c in enumerate(text):
        row[i] = grammar.ALPHABET.index(c) + 1
    return row


def backdrop(rng, w, h, photos):
    """A w x h surround: a piece of a street photo, plain paint, or black (cut-out pictures)."""
    roll = rng.random()
    if photos and roll < 0.6:
        p = photos[int(rng.integers(len(photos)))]
        ph, pw = p.shape[:2]
        cw = int(min(pw, w * rng.uniform(.6, 2)))
        ch = int(min(ph, max(4, cw * h / w)))
        x, y = int(rng.integers(pw - cw + 1)), int(rng.integers(ph - ch + 1))
        return cv2.resize(p[y:y + ch, x:x + cw], (w, h), interpolation=cv2.INTER_AREA)
    if roll < 0.93:
        a, b = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
        if rng.random() < .5:
            a, b = np.repeat(rng.uniform(0, 255), 3), np.repeat(rng.uniform(0, 255), 3)
        t = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
        return np.broadcast_to((a * (1 - t) + b * t), (h, w, 3)).astype(np.uint8).copy()
    return np.zeros((h, w, 3), np.uint8)


def one(rng, photos):
    """One sample: picture, corners, text, colour name, line count."""
    text = grammar.random_plate(rng)
    flat = plate.draw(text, rng)
    if rng.random() < .15:
        flat = scene.bend(flat, rng)
    h, w = flat.shape[:2]
    width = float(np.exp(rng.uniform(np.log(34), np.log(210))))
    if len(text.rows) == 1:
        width *= 1.35
    corners = scene.random_pose(rng, w, h, width, hard=rng.choice([.4, 1.0, 1.4, 1.8]))
    lo, hi = corners.min(0), corners.max(0)
    size = hi - lo
    pad = size * MARGIN + 1
    cw, ch = [int(np.ceil(v)) for v in size + 2 * pad]
    corners = corners - lo + pad + rng.uniform(-.3, .3, 2)
    picture = backdrop(rng, cw, ch, photos)
    if rng.random() < .35:                                  # a holder around the plate
        grow = corners.mean(0) + (corners - corners.mean(0)) * rng.uniform(1.02, 1.1)
        shade = tuple(int(v) for v in (np.repeat(rng.uniform(0, 255), 3) + rng.normal(0, 12, 3)).clip(0, 255))
        cv2.fillConvexPoly(picture, np.int32(np.round(grow * 8)), shade, cv2.LINE_AA, 3)
    scene.paste(picture, flat, corners)
    if rng.random() < .06:                                  # something in front of the rim, never of the characters' middle
        x = int(rng.choice([0, cw - 1]))
        cv2.line(picture, (x, 0), (x, ch), (int(rng.uniform(0, 90)),) * 3, max(1, int(cw * .05)))
    grey = rng.random() < .12
    picture = weather.light(picture, rng)
    picture = weather.blur(picture, rng, strength=max(.5, min(2.0, (ch if len(text.rows) == 1 else ch / 2) / 22)))
    if grey:
        picture = weather.infrared(picture, rng)
    picture = weather.codec(weather.sensor(picture, rng), rng)
    sx, sy = WIDTH / cw, HEIGHT / ch
    out = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA if cw > WIDTH else cv2.INTER_LINEAR)
    return out[..., ::-1], corners * (sx, sy), text.text, "unknown" if grey else text.colour, len(text.rows)


def load_photos(data, limit=400, seed=0):
    """Street photos as backdrops; `idd_` ones are left out (their licence asks first)."""
    files = sorted(f for f in glob.glob(os.path.join(data, "detection", "train", "*.jpg")) if not os.path.basename(f).startswith("idd_"))
    rng = np.random.default_rng(seed)
    rng.shuffle(files)
    return [p for p in (cv2.imread(f) for f in files[:limit]) if p is not None]


def make(count, seed, data):
    """A pool of `count` samples as a dictionary of arrays."""
    rng = np.random.default_rng(seed)
    photos = load_photos(data, seed=seed)
    out = {"images": np.empty((count, HEIGHT, WIDTH, 3), np.uint8), "corners": np.empty((count, 4, 2), np.float32),
           "chars": np.empty((count, PLACES), np.int64), "colour": np.empty(count, np.int64), "lines": np.empty(count, np.int64)}
    for i in range(count):
        image, corners, text, colour, lines = one(rng, photos)
        out["images"][i], out["corners"][i], out["chars"][i] = image, corners, encode(text)
        out["colour"][i], out["lines"][i] = grammar.COLOURS.index(colour), lines - 1
    return out


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--data", required=True)
    a.add_argument("--out", required=True, help="folder of the pool files")
    a.add_argument("--count", type=int, default=2000, help="samples a file")
    a.add_argument("--files", type=int, default=12)
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    os.nice(19)
    cv2.setNumThreads(1)
    os.makedirs(o.out, exist_ok=True)
    for k in range(o.files):
        t = time.time()
        pool = make(o.count, o.seed * 1000 + k, o.data)
        path = os.path.join(o.out, f"pool_{o.seed:03d}_{k:03d}.npz")
        with open(path + ".part", "wb") as f:
            np.savez(f, **pool)
        os.replace(path + ".part", path)
        print(f"{path}: {o.count} samples, {(time.time() - t) / o.count * 1000:.1f} ms each", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
