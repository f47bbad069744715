"""Reads the street set once into one file of small pictures, and tells what is labelled by whom.

Every decision about labels stands here: which sources train, which classes of a picture are trusted, what is
ignored, how boxes that hold the rider are treated, which pictures are held out for choices.
"""
import hashlib
import json
import pathlib
import pickle
from dataclasses import dataclass

import cv2
import numpy as np

CLASSES = ("person", "bicycle", "car", "motorcycle", "bus", "truck")
VEHICLES = (2, 3, 4, 5)
LONG_SIDE = 416
LEFT_OUT = ("idd",)                       # its licence asks before anything is shipped
RIDER_BOX_KEEPS = 0.75                    # see street/README in NOTES.md: machine with rider -> lower part
CACHE_VERSION = 3

# How much a background error counts, for classes that people labelled: 1 where they labelled all of them.
TRUST = {"rfveh": 0.3, "rfhwy": 0.6, "indtraf": 0.5, "vnjunc": 0.5, "vnmoto": 0.7, "people": 0.8, "peru": 0.7}
UNLABELLED = 0.1                          # and for classes that nobody looked for
TEACHER_BOX = 0.5                         # box loss of a teacher's box
RIDER_BOX = 0.3                           # box loss of a shortened machine-and-rider box


class DataError(Exception):
    """Something about the data folder that its owner must put right."""


@dataclass
class Picture:
    name: str
    source: str
    offset: int                 # of the first byte in the cache
    height: int                 # as cached
    width: int
    scale: float                # cached / stored
    boxes: np.ndarray           # [N,4] x1,y1,x2,y2, cached pixels
    kinds: np.ndarray           # [N] class index
    box_weights: np.ndarray     # [N]; 0 = ignore region
    ignore: np.ndarray          # [M,5] class index or -1 for all vehicles, x1,y1,x2,y2
    trust: np.ndarray           # [C] weight of background errors
    human: np.ndarray           # [C] bool: people looked for this class
    held_out: bool


def is_held_out(name):
    """One picture in 12 of every source, by its name: for choices, never for learning."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 12 == 0


def check(image, pixels, annotations):
    """Why this picture cannot be used, or None."""
    if pixels is None:
        return "not a readable picture"
    height, width = pixels.shape[:2]
    if (width, height) != (image["width"], image["height"]):
        return f"is {width}x{height}, its labels say {image['width']}x{image['height']}"
    for annotation in annotations:
        x, y, w, h = annotation["bbox"]
        if not 1 <= annotation["category_id"] <= len(CLASSES):
            return f"label {annotation['id']} has the unknown category {annotation['category_id']}"
        if w <= 0 or h <= 0 or x < -2 or y < -2 or x + w > width + 2 or y + h > height + 2:
            return f"label {annotation['id']} lies outside the picture: {annotation['bbox']}"
    return None


def describe(image, annotations, scale, offset, shape):
    source = pathlib.Path(image["file_name"]).name.split("_")[0]
    human = np.zeros(len(CLASSES), bool)
    human[[c - 1 for c in image.get("human_categories", range(1, len(CLASSES) + 1))]] = True
    trust = np.where(human, TRUST.get(source, 1.0), UNLABELLED).astype(np.float32)
    boxes, kinds, weights, ignore = [], [], [], []
    for annotation in annotations:
        x, y, w, h = (value * scale for value in annotation["bbox"])
        kind, label = annotation["category_id"] - 1, annotation.get("label_source", "human")
        if annotation.get("iscrowd"):
            any_vehicle = "vehicle type unknown" in label or "rickshaw" in label
            for masked in VEHICLES if any_vehicle else (1, 3) if "two-wheeler" in label else (kind,):
                ignore.append((masked, x, y, x + w, y + h))
            continue
        weight, top = 1.0, y
        if "with rider" in label:
            weight, top = RIDER_BOX, y + (1 - RIDER_BOX_KEEPS) * h
            ignore.append((kind, x, y, x + w, y + h))
        elif label.startswith("teacher"):
            weight = TEACHER_BOX
        boxes.append((x, top, x + w, y + h))
        kinds.append(kind)
        weights.append(weight)
    return Picture(
        image["file_name"], source, offset, shape[0], shape[1], scale,
        np.array(boxes, np.float32).reshape(-1, 4), np.array(kinds, np.int64), np.array(weights, np.float32),
        np.array(ignore, np.float32).reshape(-1, 5), trust, human, is_held_out(image["file_name"]))


def places(data, part):
    """Folder of the pictures and file of their labels; a clear sentence where they are missing."""
    folder, labels = data / "detection" / part, data / "detection" / f"{part}.json"
    if not labels.is_file() or not folder.is_dir():
        raise DataError(
            f"no street pictures at {folder}: expected {labels} and the folder {folder} beside it; "
            "say where the data folder is with --data DIR (default ../shared/data beside the project)")
    return folder, labels


def shrink(pixels, part):
    """Training pictures as they are cached, at most LONG_SIDE px; -> pixels, scale."""
    scale = min(1.0, LONG_SIDE / max(pixels.shape[:2])) if part == "train" else 1.0
    return (cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels), scale


def build(data, part, cache, report):
    """Decodes every picture of `part` into cache files; bad ones are skipped, named and counted."""
    folder, labels = places(data, part)
    content = json.loads(labels.read_text(encoding="utf-8"))
    by_image = {}
    for annotation in content["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    pictures, skipped, offset = [], 0, 0
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / f"{part}.bin", "wb") as store:
        for image in content["images"]:
            name, annotations = image["file_name"], by_image.get(image["id"], [])
            path = folder / pathlib.Path(name).name
            pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            fault = check(image, pixels, annotations)
            if fault:
                skipped += 1
                report(f"skipped {path}: {fault}")
                continue
            pixels, scale = shrink(pixels, part)
            store.write(pixels.tobytes())
            pictures.append(describe(image, annotations, scale, offset, pixels.shape))
            offset += pixels.size
    report(f"{part}: {len(pictures)} pictures read, {skipped} skipped")
    with open(cache / f"{part}.index", "wb") as index:
        pickle.dump((CACHE_VERSION, skipped, pictures), index)
    return pictures


class Store:
    """The cached pictures of one part, with their pixels mapped from disk."""

    def __init__(self, data, part, cache, report=print):
        data, cache = pathlib.Path(data), pathlib.Path(cache)
        places(data, part)          # a cache of pictures that are gone would train on, unseen
        index = cache / f"{part}.index"
        pictures = None
        if index.is_file():
            with open(index, "rb") as stream:
                version, skipped, pictures = pickle.load(stream)
            if version != CACHE_VERSION:
                pictures = None
            elif skipped:
                report(f"{part}: {skipped} pictures were skipped when the cache was built")
        self.pictures = pictures if pictures is not None else build(data, part, cache, report)
        self.pixels = np.memmap(cache / f"{part}.bin", np.uint8, "r")

    def image(self, picture):
        """BGR pixels [H,W,3], read only."""
        size = picture.height * picture.width * 3
        return self.pixels[picture.offset:picture.offset + size].reshape(picture.height, picture.width, 3)


def require_all_classes(pictures):
    counts = np.zeros(len(CLASSES), int)
    for picture in pictures:
        counts += np.bincount(picture.kinds, minlength=len(CLASSES))
    empty = [CLASSES[i] for i in range(len(CLASSES)) if counts[i] == 0]
    if empty:
        raise DataError(f"no box of {', '.join(empty)} in the training pictures: nothing to learn from; "
                        "complete train.json or take the class out of CLASSES in street/dataset.py")
    return counts


def sampling_weights(pictures):
    """How often a picture is drawn: Asian streets, two-wheelers and rare classes more often."""
    by_source = {"vnjunc": 3.0, "vnmoto": 5.0, "indtraf": 1.8, "people": 1.2, "rfveh": 0.7, "rfhwy": 0.8}
    weights = np.ones(len(pictures))
    for i, picture in enumerate(pictures):
        present = set(picture.kinds.tolist())
        weight = by_source.get(picture.source, 1.0)
        if picture.source == "coco":
            weight = max(1.0 if present else 0.5, 2.2 * (1 in present), 1.8 * (3 in present), 1.8 * (4 in present), 1.5 * (5 in present))
        weights[i] = weight
    return weights / weights.sum()
