"""python3 -m street.agree --data DIR --model FILE.onnx --size N --names FILE: what Python finds on a few training pictures.

For the test that holds C# and Python together: the pictures are read, letterboxed, run (ONNX Runtime through OrtCheck), suppressed
and counted by the code that writes the cards, after their colours went through 4:2:0 as a camera's do: the gateway sees no other
pixels, and that alone moves one clear box in ten by more than this test allows. Shrinking is bilinear down to a half, as there. One JSON object on standard output:
{"pictures": {name: [[class, score, left, top, width, height], ...]}, "ap50": {class: value or null}}; places in stored pixels.
"""
import argparse
import json
import pathlib
import sys

import cv2
import numpy as np

from common import ort
from street import judge
from street.dataset import CLASSES, DataError, check, describe, places, shrink
from street.evaluate import decode_street


def as_video(pixels):
    """BGR pixels after I420, an odd last row or column repeated for it."""
    height, width = pixels.shape[:2]
    even = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return cv2.cvtColor(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), cv2.COLOR_YUV2BGR_I420)[:height, :width]


class Few:
    """As dataset.Store, with the named pictures in memory."""

    def __init__(self, data, names, report):
        folder, labels = places(data, "train")
        content = json.loads(labels.read_text(encoding="utf-8"))
        by_image = {}
        for annotation in content["annotations"]:
            by_image.setdefault(annotation["image_id"], []).append(annotation)
        wanted, self.pictures, self.pixels = set(names), [], {}
        for image in content["images"]:
            if image["file_name"] not in wanted:
                continue
            path = folder / pathlib.Path(image["file_name"]).name
            pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            annotations = by_image.get(image["id"], [])
            fault = check(image, pixels, annotations)
            if fault:
                report(f"skipped {path}: {fault}")
                continue
            pixels, scale = shrink(as_video(pixels), "train")
            self.pictures.append(describe(image, annotations, scale, 0, pixels.shape))
            self.pixels[image["file_name"]] = pixels

    def image(self, picture):
        return self.pixels[picture.name]


def letterbox(pixels, size):
    """As judge.letterbox, with the gateway's choice of interpolation."""
    scale = size / max(pixels.shape[:2])
    shape = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    canvas = np.full((size, size, 3), 114, np.uint8)
    canvas[:shape[1], :shape[0]] = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA if scale <= 0.5 else cv2.INTER_LINEAR)
    return canvas, scale


def run(model, store, size):
    """Per picture, per class (boxes in cached pixels, scores)."""
    canvases, scales = zip(*(letterbox(store.image(picture), size) for picture in store.pictures))
    output = ort.run(model, np.stack(canvases).transpose(0, 3, 1, 2)[:, ::-1].astype(np.float32) / 255)[0]
    decoded = (one_class_a_place(found, size) for found in output)
    return [judge.pick(boxes / scale, scores) for (boxes, scores), scale in zip(decoded, scales)]


def one_class_a_place(output, size):
    """As the product's decoder: a place of the network is an object of its likeliest class alone."""
    boxes, scores = decode_street(output, size)
    return boxes, np.where(scores == scores.max(1, keepdims=True), scores, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--names", type=pathlib.Path, required=True, help="a picture's file_name a line")
    options = parser.parse_args()
    try:
        store = Few(options.data, options.names.read_text(encoding="utf-8").split("\n"), lambda line: print(line, file=sys.stderr))
    except DataError as error:
        sys.exit(f"street: {error}")
    results = run(options.model, store, options.size)
    found = {}
    for picture, classes in zip(store.pictures, results):
        rows = found.setdefault(picture.name, [])
        for name, (boxes, scores) in zip(CLASSES, classes):
            for box, score in zip(boxes / picture.scale, scores):
                left, top, right, bottom = (round(float(value), 2) for value in box)
                rows.append([name, round(float(score), 4), left, top, round(right - left, 2), round(bottom - top, 2)])
    ap50 = {name: None if np.isnan(value) else value for name, value in judge.ap50(results, store.pictures).items()}
    print(json.dumps({"pictures": found, "ap50": ap50}))


if __name__ == "__main__":
    main()
