"""The card of a street model: what it is for, what it learnt from, how good it is, where it fails."""
import platform

import torch

ABOUT = {
    "street": "Finds people, bicycles, cars, motorcycles, buses and trucks in street pictures.",
    "street-s": "The weights of `street` in 8-bit integers, at a smaller input, for many cameras on few cores: a third of the time on a processor with 8-bit products (AVX-512 VNNI, AVX-VNNI).",
}

DATA = """## Data

Trained from random initialisation; no weights of others were copied, used as a start or distilled. The pictures
served training and tests only; none ships and none can be rebuilt from the weights.

| source | pictures | what | what its owners say of use |
|---|---|---|---|
| coco_ | 7,027 | COCO 2017 photos, all six classes labelled by people | annotations CC BY 4.0; photos under their Flickr terms; the repositories that carried the copies state no licence, the label converter GPL-3.0 |
| indtraf_ | 561 | Indian streets and junctions from above, day, dusk, night | none stated (Kaggle: "Unknown"; some photos carry stock watermarks) |
| people_ | 279 | indoor cameras, shops, phone photos | CC BY 4.0 |
| rfveh_ | 229 | vehicles, OpenImages style, not exhaustive | CC BY 4.0 (stated on the data set, not in the repository) |
| rfhwy_ | 211 | fixed highway cameras | CC BY 4.0 |
| peru_ | 145 | dash camera, Peru | CC BY 4.0 |
| vnjunc_ | 85 | one Hanoi junction from above, day and night | CC BY 4.0 |
| vnmoto_ | 48 | Vietnamese streets | CC BY 4.0 in its JSON, repository MPL-2.0 |

One picture in 12 of every source was held out of training for choices. The 213 `idd_` pictures are left out: their
licence asks before anything is shipped. Some boxes of classes that people did not label come from YOLOX-nano
(Apache-2.0) as labels; they count half in the box loss. Where people did not look for a class, background errors of
that class count a tenth. A town that ships these weights should know that two sources (indtraf_ and the coco_ copies)
carry no licence of their own.

**Motorcycles** follow COCO: the machine alone, the rider is a person of his own. The 2,688 boxes of indtraf_ and
vnjunc_ that hold the rider were shortened to their lower three quarters, which overlap both conventions by more than
half, count 0.3 in the box loss, and the whole box is no background for motorcycles.

## Gaps

- **Bicycle** is the rarest class ({bicycles} boxes to learn from).
- **Night, rain, fog** are rare: some night in indtraf_ and vnjunc_, no rain. Brightness, noise, blur, grey and JPEG jitter
  stand in for them; nothing here measures them.
- **Straight from overhead** there is one junction and some Indian ones: measure before relying on it.
- Vietnamese streets are 133 pictures of two cameras and a few photos; the held-out ones are frames of the same cameras.
- Boxes smaller than about 8 px in the network's input are mostly missed.
- Auto-rickshaws are no class: they are found as car or truck or not at all.
"""


def write_card(name, size, reports, parts, timed, checkpoint, path):
    state = torch.load(checkpoint, map_location="cpu")
    lines = [f"# `{name}`", "", ABOUT[name], "",
             f"Input 3×{size}×{size}, RGB, 0..1, letterboxed at the top left on grey 114; output `output` "
             f"[1,10,{sum((size // s) ** 2 for s in (8, 16, 32))}]: centre x, centre y, width, height in input pixels, "
             "then six scores. Decoder `yolov8`, NMS at IoU 0.5, proposed score 0.4. Licence Apache-2.0.", "",
             f"1.26 million parameters, dense 3×3 convolutions and ReLU, three strides, anchor-free; trained with "
             f"task-aligned assignment, varifocal and GIoU loss, Muon and AdamW, averaged weights; "
             f"{state['seen']:,} pictures in {state['seconds'] / 60:.0f} minutes of one CPU thread "
             f"(of a busy machine).", "",
             DATA.format(bicycles="1,267"), "", "## Figures", "",
             "Counted with the masks of the data's README: a class only in pictures where people looked for it, ignore "
             "regions neither right nor wrong. Intervals: 95 %, bootstrap over pictures. Size by stored pixels as COCO "
             "counts (32², 96²). YOLOX-nano is run with the same masks; the held-out coco_ pictures were among its own "
             "training pictures, which flatters it there.", ""]
    titles = {"held-out": "Held-out training pictures (used for choices)", "val": "`val` (looked at once a release)"}
    for part in parts:
        text = (reports / f"{part}.md").read_text(encoding="utf-8")
        lines += [f"### {titles[part]}", "", text, ""]
    lines += [f"![precision and recall]({name}-pr.png)", "", "## Latency", "",
              f"ONNX Runtime 1.31.1, {platform.machine()}, two cores shared with other work; by turns in one process.", "",
              "| model | input | threads | median ms | least ms |", "|---|---|---|---|---|"]
    lines += [f"| {row['model']} | {row['shape'][1]}×{row['shape'][2]} | {row['threads']} | {row['median_ms']:.1f} | "
              f"{row['least_ms']:.1f} |" for row in timed]
    lines += ["", "Repeat with `models/train.sh " + name + "`; what did not help stands in `models/training/NOTES.md`."]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
