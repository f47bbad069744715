"""Flat synthetic plates for the detector, rendered once and kept as .npz files (BGRA, at most 240 px wide)."""
import argparse
import os
import sys
import time

import cv2
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from generator import grammar, plate  # noqa: E402


def make(count, seed, longest=240):
    """A list of BGRA plates, kinds in the shares of `grammar.random_plate`."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(count):
        p = plate.draw(grammar.random_plate(rng), rng)
        s = longest / p.shape[1]
        out.append(cv2.resize(p, (longest, max(8, int(p.shape[0] * s))), interpolation=cv2.INTER_AREA))
    return out


def save(path, plates):
    heights = np.array([p.shape[0] for p in plates])
    with open(path + ".part", "wb") as f:
        np.savez(f, heights=heights, rows=np.concatenate(plates))
    os.replace(path + ".part", path)


def load(path):
    """The plates of a file that `save` wrote."""
    with np.load(path) as z:
        return np.split(z["rows"], np.cumsum(z["heights"])[:-1])


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a.add_argument("--count", type=int, default=2500)
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    os.nice(19)
    cv2.setNumThreads(1)
    t = time.time()
    os.makedirs(os.path.dirname(o.out) or ".", exist_ok=True)
    save(o.out, make(o.count, o.seed))
    print(f"{o.out}: {o.count} plates in {time.time() - t:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
