"""A contact sheet of the held-out pictures with most mistakes; kept on this machine, never shipped.

Green: found; red: missed; yellow: wrong (at the proposed score). Also the way to find faulty labels.
"""
import argparse
import pathlib

import cv2
import numpy as np
import torch

from common.boxes import iou_matrix
from common.precision import match
from street import judge
from street.dataset import CLASSES, Store
from street.export import network

HERE = pathlib.Path(__file__).resolve().parent.parent
TILE, COLUMNS = 300, 4


def mistakes(found, picture, score):
    """(box, colour, label) of what is right, missed and wrong."""
    marks = []
    for kind, name in enumerate(CLASSES):
        truth = judge.truth_of(picture, kind)
        if truth is None:
            continue
        boxes, ignored = truth
        used = found[kind][1] >= score
        detected, scores = found[kind][0][used], found[kind][1][used]
        order, result = match(detected, scores, boxes, ignored, 0.5)
        right = detected[order][result == 1]
        for box in boxes[~ignored]:
            hit = len(right) and (iou_matrix(box[None], right) >= 0.5).any()
            marks.append((box, (80, 200, 0) if hit else (0, 0, 255), name))
        marks += [(box, (0, 220, 255), name) for box in detected[order][result == 0]]
    return marks


def tile(pixels, marks):
    scale = TILE / max(pixels.shape[:2])
    shown = cv2.resize(pixels, None, fx=scale, fy=scale)
    for box, colour, name in marks:
        x, y, right, bottom = (int(value * scale) for value in box)
        cv2.rectangle(shown, (x, y), (right, bottom), colour, 1)
        cv2.putText(shown, name[:3], (x + 1, max(8, y - 2)), cv2.FONT_HERSHEY_PLAIN, 0.7, colour)
    canvas = np.full((TILE, TILE, 3), 40, np.uint8)
    canvas[:shown.shape[0], :shown.shape[1]] = shown[:TILE, :TILE]
    return canvas


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=HERE.parents[1] / "../shared/data")
    parser.add_argument("--cache", type=pathlib.Path, default=HERE / "runs/cache")
    parser.add_argument("--checkpoint", type=pathlib.Path, default=HERE / "weights/street.pt")
    parser.add_argument("--size", type=int, default=416)
    parser.add_argument("--score", type=float, default=0.4)
    parser.add_argument("--source", help="only pictures of this prefix")
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "runs/worst.png")
    options = parser.parse_args()
    torch.set_num_threads(1)
    store = Store(options.data, "train", options.cache)
    pictures = [picture for picture in store.pictures if picture.held_out and picture.source != "idd"
                and (not options.source or picture.source == options.source)]
    results = judge.run(network(options.checkpoint)[0], store, pictures, options.size)
    marked = [mistakes(found, picture, options.score) for found, picture in zip(results, pictures)]
    worst = sorted(range(len(pictures)), key=lambda i: -sum(mark[1] != (80, 200, 0) for mark in marked[i]))
    tiles = [tile(store.image(pictures[i]), marked[i]) for i in worst[:options.pictures]]
    tiles += [np.full((TILE, TILE, 3), 40, np.uint8)] * (-len(tiles) % COLUMNS)
    rows = [np.concatenate(tiles[i:i + COLUMNS], 1) for i in range(0, len(tiles), COLUMNS)]
    cv2.imwrite(str(options.out), np.concatenate(rows))
    print(options.out)


if __name__ == "__main__":
    main()
