"""Exports, checks, registers and describes `plate-detect`."""
import os

import numpy as np
import torch

import detect_data
import publish
from detect_net import ARCHITECTURE, Exported
from publish import percent, table


def publish_all(net, step, figures, data):
    """Writes models/plate-detect.onnx, its entry in models.json, its card, and the milestone weights."""
    path = os.path.join(publish.MODELS, "plate-detect.onnx")
    model = Exported(net.eval()).eval()
    publish.export(model, torch.rand(1, 3, 320, 320), path, ["output"], {"images": {2: "height", 3: "width"}, "output": {2: "places"}})
    items, skipped = detect_data.scenes(data, want_held=True)
    pictures = []
    for _, _, picture, _ in items[:24]:
        canvas = np.full((320, 320, 3), 114, np.uint8)
        part = picture[:320, :320]
        canvas[:part.shape[0], :part.shape[1]] = part
        pictures.append(canvas[..., ::-1])
    check = publish.compare(model, path, np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32) / 255)
    real = {k: v for k, v in figures["real"].items() if k != "curve"}
    publish.register({
        "name": "plate-detect", "task": "plate-detect", "file": "plate-detect.onnx", "sha256": publish.sha256(path),
        "input": {"name": "images", "width": 320, "height": 320, "dynamic": True, "colour": "rgb", "scale": 0.003921568859368563, "mean": [0, 0, 0], "std": [1, 1, 1],
                  "pad": 114, "placement": "top_left"},
        "decoder": "yolov8_corners", "outputs": ["output"], "classes": ["plate"],
        "scoreThreshold": round(float(np.clip(figures["real"]["atPrecision95"]["threshold"], .2, .6)), 2), "nmsIou": 0.45,
        "licence": "Apache-2.0", "source": "trained by this project (models/training)",
        "data": "2,643 real scenes of eleven camera families with boxes, and street photos with drawn plates of known corners, see cards/plate-detect.md",
        "figures": {**real, "atPrecision95BySize": figures["sizes"], **({"chain": figures["rectified"]} if "rectified" in figures else {}), "rendered": figures["rendered"], "check": check, "steps": step}})
    publish.milestone("plate-detect", ARCHITECTURE, net, step)
    publish.card("plate-detect", describe(figures, check, step, len(skipped)))


def describe(figures, check, step, skipped):
    """The model's card."""
    f, r = figures["real"], figures["rendered"]
    best = f["atPrecision95"]
    out = ["# plate-detect\n", "Finds licence plates with their four corners, in whole frames and in vehicle crops, from 24 px wide. Input of any size in multiples of 32. Licence of the weights: Apache-2.0.\n",
           "## Figures\n", f"On held-out real scenes (no plate text of theirs trained), IoU 0.5, pictures shrunk to 320 px at most (the model's default size), plates under 24 px wide left aside. Precision only on families whose plates are all labelled.\n",
           table(["at", "threshold", "precision", "recall"], [[k, f[k]["threshold"], percent(f[k]["precision"]), percent(f[k]["recall"])] for k in ("atPrecision95", "at0.3", "at0.5")]),
           "At precision 95 % by the size that the pictures are shrunk to. Training showed plates up to 235 px wide, so close-ups larger than that break into pieces: shrink them.\n",
           table(["long side", "threshold", "precision", "recall"], [[n, v["threshold"], percent(v["precision"]), percent(v["recall"])] for n, v in figures["sizes"].items()]),
           f"Recall by family at threshold {best['threshold']}:\n", table(["family", "plates", "recall"], [[k, v["n"], percent(v["recall"])] for k, v in best["recallByFamily"].items()]),
           "Precision and recall along the threshold:\n", table(["threshold", "precision", "recall"], [[a, percent(b), percent(c)] for a, b, c in f["curve"]]),
           "### Corners\n", f"On {r['n']} rendered plates of 24 to 200 px that never trained: found {percent(r['recall'])}; mean corner error {percent(r['cornerErrorMean'])} of the plate's width (median {percent(r['cornerErrorMedian'])}, 95th percentile {percent(r['cornerError95'])}; plates under 48 px {percent(r['cornerErrorUnder48px'])}).",
           "Real pictures have no labelled corners. The boxes of the `xemay` family stand well off the plate, so the box output is loose there too: the corners are the tighter measure. The threshold was chosen on these same held-out scenes.\n"]
    if figures.get("rectified"):
        q = figures["rectified"]
        out += [f"### The whole chain\n\nHeld-out scenes, plates with text and at least 36 px wide, `plate-detect` at threshold 0.55 on pictures of at most 416 px, `plate-read` as shipped, raw text without grammar or vote.",
                f"Of the {q['n']} plates found, exact reads {percent(q['box'])} from the plain box, **{percent(q['corners'])}** from the corners.\n",
                table(["family", "plates", "found", "exact of all", "from box", "from corners", "from the labelled box"],
                      [[k, v["plates"], percent(v["found"]), percent(v["exactOfAll"]), percent(v["exactFromBox"]), percent(v["exactFromCorners"]), percent(v["exactFromTrueBox"])] for k, v in [*q["byFamily"].items(), ("all", q["all"])]])]
    out += ["### Export and speed\n", ", ".join(f"{k}: {v}" for k, v in check.items()) + f" (320x320). Training steps {step}; unusable pictures skipped: {skipped}.\n",
            "## Data, and what is said of its use\n", publish.OWNERS,
            "## Gaps\n", "- Most real scenes come from one gate camera; distant plates (24 to 40 px) are mostly drawn ones and gallery pictures.\n- Military and gallery scenes do not label every plate: they give no background, so false alarms there are not measured.\n- Night, rain and infrared: few real pictures.\n",
            "## Train it\n", "`models/train.sh plate-detect --data ../shared/data --until HH:MM`.\n"]
    return "\n".join(out)
