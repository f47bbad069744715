"""Exports, checks, registers and describes `plate-read`."""
import os

import numpy as np
import torch

import plate_data
import publish
from generator.grammar import ALPHABET, COLOURS
from publish import percent, table
from read_data import plain
from read_net import ARCHITECTURE, Exported
from read_pool import HEIGHT, WIDTH


def publish_model(net, figures, pictures):
    path = os.path.join(publish.MODELS, "plate-read.onnx")
    model = Exported(net.eval(), figures["temperature"]).eval()
    publish.export(model, torch.rand(1, 3, 64, 128), path, ["chars", "colour", "lines"])
    return path, publish.compare(model, path, pictures)


def publish_all(net, step, figures, data, left):
    """Writes models/plate-read.onnx, its entry in models.json, its card, and the milestone weights. `left`: figures of a run that left families out, or None."""
    s = plate_data.crop_set(data, WIDTH, HEIGHT)
    pictures = np.stack([plain(s["images"][i]) for i in range(0, len(s["text"]), max(1, len(s["text"]) // 60))][:50]).transpose(0, 3, 1, 2).astype(np.float32) / 255
    path, check = publish_model(net, figures, pictures)
    short = {"exact": figures["exact"], "exact95": figures["exact95"], "macroByFamily": figures["macroByFamily"], "byFamily": figures["byFamily"],
             "byColour": figures["byColour"], "byLines": figures["byLines"], "ece": figures["ece"], "colourRight": figures["colourRight"],
             "linesRight": figures["linesRight"], "leftOut": left, "check": check, "steps": step}
    publish.register({
        "name": "plate-read", "task": "plate-read", "file": "plate-read.onnx", "sha256": publish.sha256(path),
        "input": {"name": "images", "width": 128, "height": 64, "dynamic": False, "colour": "rgb", "scale": 0.003921568859368563, "mean": [0, 0, 0], "std": [1, 1, 1],
                  "pad": 114, "placement": "stretch"},
        "decoder": "plate_slots", "outputs": ["chars", "colour", "lines"], "alphabet": ALPHABET, "classes": list(COLOURS), "scoreThreshold": 0.3, "nmsIou": 0.6,
        "licence": "Apache-2.0", "source": "trained by this project (models/training)",
        "data": "synthetic plates of our own and 2,875 real crops of twelve camera families, see cards/plate-read.md", "figures": short})
    publish.milestone("plate-read", ARCHITECTURE, net, step)
    publish.card("plate-read", describe(figures, left, check, step, len(s["skipped"])))


def describe(f, left, check, step, skipped):
    """The model's card."""
    rows = [[k, v["n"], percent(v["exact"])] for k, v in f["byFamily"].items()]
    out = ["# plate-read\n", "Reads a Vietnamese plate (one or two lines) from a picture stretched to 128x64: ten character places of 34 classes (blank, ten digits, 22 letters, Đ),",
           "the plate's colour, and the number of lines. Licence of the weights: Apache-2.0.\n", "## Figures\n",
           f"Measured on texts that never trained (one in eight, by hash of the text, so that all frames of a plate stay together), plain box crops with about 4 % margin, raw output without grammar, Đ and D told apart.",
           f"All held-out crops: **{percent(f['exact']['exact'])}** exact of {f['exact']['n']} (95 % interval {percent(f['exact95'][0])} to {percent(f['exact95'][1])}); mean over families {percent(f['macroByFamily'])};",
           f"single places right {percent(f['characters'])}; colour right {percent(f['colourRight'])} where it is known; line count right {percent(f['linesRight'])}; training steps {step}.\n",
           "By camera family:\n", table(["family", "plates", "exact"], rows), "By colour (`?`: not stated):\n", table(["colour", "plates", "exact"], [[k, v["n"], percent(v["exact"])] for k, v in f["byColour"].items()]),
           "By lines:\n", table(["lines", "plates", "exact"], [[k, v["n"], percent(v["exact"])] for k, v in f["byLines"].items()])]
    if left:
        out += ["### What a new camera costs\n", "A shorter training of its own, from nothing (`train_read.py --leave-out FAMILIES --no-export`; its length stands in training/NOTES.md), saw nothing of these families, which were then measured whole:\n",
                table(["family", "plates", "exact"], [[k, v["n"], percent(v["exact"])] for k, v in left.items() if v])]
    out += ["### Calibration\n", f"Confidence of a plate = product over the places of the best probability, after one temperature ({f['temperature']:.2f}) on the characters. Expected calibration error (15 bins, temperature fitted on the",
            f"other half): **{percent(f['ece'])}**.\n", table(["mean confidence", "share right", "plates"], [[f"{a:.3f}", f"{b:.3f}", n] for a, b, n in f["calibration"]]),
            "### Characters taken for others (true>read, `_` = blank)\n", ", ".join(f"{k} {v}" for k, v in f["confusion"].items()) + "\n",
            "### Export and speed\n", ", ".join(f"{k}: {v}" for k, v in check.items()) + f". Unusable pictures skipped while reading the set: {skipped}.\n",
            "## Data, and what is said of its use\n", publish.OWNERS,
            "## Gaps\n", "- One gate camera gives more than half of the real crops; Q, Z and R are rare in real pictures and mostly learnt from drawn plates.\n"
            "- Blue, red, diplomatic and temporary plates: few real ones (see the table); temporary plates only drawn.\n- Rain, infrared and fog: only drawn.\n"
            "- Texts come from annotators and uploaders; a few are wrong, and count as errors here.\n",
            "## Train it\n", "`models/train.sh plate-read --data ../shared/data --until HH:MM`. Worst cases on demand: `train_read.py --evaluate-only --no-export` lists every wrong read by file name.\n"]
    return "\n".join(out)
