"""The whole chain on held-out scenes: find plates, rectify by corners, read; exact texts with and without rectifying.

    chain_eval.py --data ../shared/data            prints JSON; --worst DIR draws the wrong ones there (never ship those pictures)"""
import argparse
import json
import os
import sys

import cv2
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import detect_data  # noqa: E402
import detect_eval  # noqa: E402
import plate_data  # noqa: E402
import progress  # noqa: E402
import read_eval  # noqa: E402
from read_data import OUT_H, OUT_W, warp  # noqa: E402


def cut(picture, box, margin=.04):
    """The box with a margin, stretched to the reader's input."""
    w, h = box[2] - box[0], box[3] - box[1]
    x0, y0 = max(0, int(box[0] - margin * w)), max(0, int(box[1] - margin * h))
    part = picture[y0:int(box[3] + margin * h) + 1, x0:int(box[2] + margin * w) + 1]
    return cv2.resize(part, (OUT_W, OUT_H), interpolation=cv2.INTER_AREA)


def rectify(picture, corners, margin=.03):
    """The plate between its four corners, grown a little, stretched to the reader's input."""
    c = corners.mean(0)
    return warp(picture, c + (corners - c) * (1 + 2 * margin))


def chain(finder, reader, data, threshold=.3):
    """Per family: plates with text, found, exact from box and from corners, and from the true box (the reader alone)."""
    truth = {r["image"]: r for r in plate_data.rows(data, "scenes")}
    items, _ = detect_data.scenes(data, want_held=True)
    looks, rows, wrong = {"box": [], "corners": [], "true": []}, [], []
    for name, family, picture, _ in items:
        image, s = detect_eval.pad(picture, 416)
        score, boxes, corners = detect_eval.detect(finder, image, threshold)
        rgb = np.ascontiguousarray(picture[..., ::-1])
        for p in truth[name]["plates"]:
            if not p.get("text") or p["box"][2] < 36:
                continue
            t = np.array(p["box"], np.float32)
            t[2:] += t[:2]
            k = -1
            if len(boxes):
                o = detect_eval.overlaps(t[None], boxes / s)[0]
                k = int(np.argmax(o)) if o.max() >= .5 else -1
            rows.append((family, p["text"], k >= 0, name))
            looks["true"].append(cut(rgb, t))
            looks["box"].append(cut(rgb, boxes[k] / s) if k >= 0 else looks["true"][-1])
            looks["corners"].append(rectify(rgb, corners[k] / s) if k >= 0 else looks["true"][-1])
    right = {}
    for kind, pictures in looks.items():
        chars, _, _ = read_eval.predict(reader, pictures)
        got = [read_eval.decode(c.argmax(-1)) for c in chars]
        right[kind] = np.array([g == r[1] for g, r in zip(got, rows)])
        if kind == "corners":
            wrong = [(r[3], r[1], g) for g, r in zip(got, rows) if g != r[1] or not r[2]]
    found, fam = np.array([r[2] for r in rows]), np.array([r[0] for r in rows])

    def figures(m):
        f = m & found
        return {"plates": int(m.sum()), "found": round(float(found[m].mean()), 4), "exactOfAll": round(float((right["corners"] & found)[m].mean()), 4),
                "exactFromBox": round(float(right["box"][f].mean()), 4) if f.any() else None, "exactFromCorners": round(float(right["corners"][f].mean()), 4) if f.any() else None,
                "exactFromTrueBox": round(float(right["true"][m].mean()), 4)}
    return {"all": figures(np.ones(len(rows), bool)), "byFamily": {f: figures(fam == f) for f in sorted(set(fam))}, "n": int(found.sum()),
            "box": round(float(right["box"][found].mean()), 4), "corners": round(float(right["corners"][found].mean()), 4)}, wrong


def main():
    from detect_net import ARCHITECTURE as FIND, PlateDetect
    from read_net import ARCHITECTURE as READ, PlateRead
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    progress.arguments(a)
    a.add_argument("--worst", help="folder for a contact sheet of the plates read wrong")
    o = a.parse_args()
    finder, reader = PlateDetect(), PlateRead()
    progress.load(os.path.join(HERE, "..", "weights", "plate-detect.pt"), FIND, finder)
    progress.load(os.path.join(HERE, "..", "weights", "plate-read.pt"), READ, reader)
    figures, wrong = chain(finder.eval(), reader.eval(), o.data)
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    for w in wrong:
        print(*w, sep="\t", file=sys.stderr)


if __name__ == "__main__":
    main()
