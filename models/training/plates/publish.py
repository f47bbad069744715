"""Exports a plate model, checks it in ONNX Runtime, and registers it in models/models.json."""
import hashlib
import json
import os
import sys
import warnings

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.normpath(os.path.join(HERE, "..", ".."))
ORDER = ("street", "street-s", "plate-detect", "plate-read")
sys.path.insert(0, os.path.join(HERE, ".."))


def export(net, example, path, outputs, dynamic=None):
    """Writes ONNX, opset 17, input `images`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, example, path, opset_version=17, input_names=["images"], output_names=outputs, dynamic_axes=dynamic, do_constant_folding=True)


def compare(net, path, pictures):
    """The largest difference between PyTorch and ONNX Runtime over the outputs (of numbers up to 1; of px, relative to the picture), and the
    milliseconds on one thread. Needs the console models/training/OrtCheck; without it a note says so."""
    try:
        from common import ort
    except ImportError:
        return {"note": "not compared: models/training/common/ort.py is missing"}
    with torch.no_grad():
        want = [np.concatenate(v) for v in zip(*[[np.asarray(t.numpy()) for t in _tuple(net(torch.from_numpy(p[None])))] for p in pictures])]
    got = ort.run(path, pictures)
    worst = 0.0
    for w, g in zip(want, got):
        scale = max(1.0, float(np.abs(w).max()))
        worst = max(worst, float(np.abs(w - g).max()) / scale)
    bench = ort.bench([(path, pictures.shape[1:])], 1, 100)[0]
    return {"largestDifference": round(worst, 8), "onnxruntimeMsOneThread": bench["median_ms"], "onnxruntimeMsOneThreadLeast": bench["least_ms"]}


def _tuple(x):
    return x if isinstance(x, tuple) else (x,)


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def register(entry):
    """Puts the entry into models/models.json in place of the one of that name; the others stay."""
    path = os.path.join(MODELS, "models.json")
    content = {"version": 1, "models": []}
    if os.path.isfile(path):
        with open(path, encoding="utf-8") as f:
            content = json.load(f)
    others = [m for m in content["models"] if m["name"] != entry["name"]]
    content["models"] = sorted(others + [entry], key=lambda m: ORDER.index(m["name"]) if m["name"] in ORDER else len(ORDER))
    with open(path, "w", encoding="utf-8") as f:
        json.dump(content, f, ensure_ascii=False, indent=2)
        f.write("\n")


def milestone(name, architecture, net, step):
    """Keeps the averaged weights (under 5 MB) where training can go on from them on another machine."""
    folder = os.path.join(HERE, "..", "weights")
    os.makedirs(folder, exist_ok=True)
    torch.save({"architecture": architecture, "ema": net.state_dict(), "step": step}, os.path.join(folder, name + ".pt"))


def card(name, text):
    folder = os.path.join(MODELS, "cards")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".md"), "w", encoding="utf-8") as f:
        f.write(text)


def table(head, rows):
    """A Markdown table."""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(str(c) for c in r) + " |" for r in rows]) + "\n"


def percent(x):
    return "–" if x is None else f"{100 * x:.1f} %"


OWNERS = """Trained on real photographs that third parties published, and on plates that the project draws itself
(models/training/plates/generator, all numbers invented). No weights of others were used.

| pictures | what their owners say of use |
|---|---|
| `xemay`, `carlongplate`, `xemaybigplate`, `quandoi`, `ngoaigiao`, `ndata` (repository duonghinh/XLA) | no licence stated |
| `phob`, `phoc` (ducnguyenw02/NhanDienBienSoXe-YOLOv3), `sgbike` (thquan99/DoAn_Bienso) | no licence stated |
| `aqua`, `aeontp` (TTP1k2/DoAn_NhanDienBienSoXe, Roboflow "BienSoXe_All") | CC BY 4.0 in its data set readme |
| `pmania` (namnguyen2103/Vietnamese-License-Plate-Reader) | none stated; crawled from the gallery platesmania.com, whose watermark the pictures carry |
| street photos as backgrounds (COCO 2017 and others, `idd_` left out) | COCO: annotations CC BY 4.0, photos under their Flickr terms; others CC BY 4.0 or none stated |

The pictures show other people's vehicles. They are not in this repository and cannot be rebuilt from the weights; whoever needs a model
free of pictures without a stated licence must train anew on pictures of their own (one command, see below).
Fonts: strokes of our own, and Debian's packages fonts-roboto-unhinted, fonts-liberation, fonts-bebas-neue, fonts-roadgeek, fonts-urw-base35, fonts-dejavu,
fonts-dosis, fonts-b612 where they are installed.
"""
