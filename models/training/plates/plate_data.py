"""Reads the real plate set (`plates/crops`, `plates/scenes` of the data folder)."""
import hashlib
import json
import os
import re
import sys

import cv2
import numpy as np

from generator.grammar import ALPHABET, COLOURS

HOLD_OUT_SHARE = 8    # one text in eight never trains
LONGEST = 10          # places of the reader


class MissingData(Exception):
    """The data folder is not where it was expected."""


def family(name):
    """The camera family of a picture: the letters its file name begins with."""
    return re.match(r"[A-Za-z]+", os.path.basename(name)).group(0)


def held_out(text):
    """Whether plates of this text are kept from training. By text, so that several frames of one plate stay together."""
    return hashlib.md5(text.encode()).digest()[0] % HOLD_OUT_SHARE == 0


def rows(data, part):
    """The lines of `crops.jsonl` or `scenes.jsonl`. Raises MissingData in plain words."""
    path = os.path.join(data, "plates", part, part + ".jsonl")
    if not os.path.isfile(path):
        raise MissingData(f"no plate data: {path} is not there. Say with --data DIR where the folder is that holds plates/ and detection/ (default ../shared/data).")
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def crop_fault(row):
    """Why the label of a crop cannot be learnt, or None."""
    if not set(row["text"]) <= set(ALPHABET) or len(row["text"]) > LONGEST:
        return f"its text '{row['text']}' is not {LONGEST} characters at most of {ALPHABET}"
    if row.get("lines") not in (1, 2):
        return f"its line count {row.get('lines')} is neither 1 nor 2"
    if row.get("colour") not in (None, *COLOURS):
        return f"its colour '{row['colour']}' is none of {', '.join(COLOURS)}"
    return None


def scene_fault(row, image):
    """Why the labels of a scene cannot be learnt, or None; a pixel or two outside is rounding."""
    h, w = image.shape[:2]
    for p in row["plates"]:
        x, y, bw, bh = p["box"]
        if bw <= 0 or bh <= 0 or x < -2 or y < -2 or x + bw > w + 2 or y + bh > h + 2:
            return f"a plate lies outside the picture of {w}x{h}: {p['box']}"
    return None


class Pictures:
    """Opens pictures and keeps count of those that cannot be used; each is named once on standard error."""

    def __init__(self, folder):
        self.folder = folder
        self.skipped = []

    def skip(self, name, reason):
        self.skipped.append(name)
        print(f"skipped {os.path.join(self.folder, os.path.basename(name))}: {reason}", file=sys.stderr)

    def open(self, name):
        """BGR uint8, EXIF orientation applied, or None when the file is missing, corrupt or under 8 px."""
        path = os.path.join(self.folder, os.path.basename(name))
        image = cv2.imread(path, cv2.IMREAD_COLOR)
        if image is None or min(image.shape[:2]) < 8:
            self.skip(name, "not a usable picture")
            return None
        return image


def crop_colour(row):
    """Colour name of a crop row, None where nobody stated it and its family does not tell."""
    if row.get("colour"):
        return row["colour"]
    return {"quandoi": "red", "xemay": "white", "xemaybigplate": "white", "carlongplate": "white"}.get(family(row["image"]))


def crop_set(data, width, height):
    """Every labelled crop, stretched: dict of images [N,H,W,3] RGB, text, family, colour, lines, held (bool), and the skipped names."""
    pictures = Pictures(os.path.join(data, "plates", "crops"))
    out = {"images": [], "text": [], "family": [], "colour": [], "lines": [], "held": [], "name": []}
    for row in rows(data, "crops"):
        if not row.get("text"):
            continue
        fault = crop_fault(row)
        if fault:
            pictures.skip(row["image"], fault)
            continue
        image = pictures.open(row["image"])
        if image is None:
            continue
        shrink = image.shape[1] > width
        out["images"].append(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)[..., ::-1])
        out["text"].append(row["text"])
        out["name"].append(os.path.basename(row["image"]))
        out["family"].append(family(row["image"]))
        out["colour"].append(crop_colour(row))
        out["lines"].append(row["lines"])
        out["held"].append(held_out(row["text"]))
    if not out["images"]:
        raise MissingData(f"no usable plate in {pictures.folder}: {len(pictures.skipped)} pictures were skipped, see above.")
    out["images"] = np.stack(out["images"])
    out["skipped"] = pictures.skipped
    return out
