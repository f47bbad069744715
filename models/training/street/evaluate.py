"""Measures street networks with the masks of the data's README and writes a report.

--part held-out (choices; one training picture in 12 of every source) or val (once a release).
"""
import argparse
import json
import pathlib
import pickle
import sys

import numpy as np
import torch

from common import ort
from common.precision import curve
from street import judge
from street.dataset import CLASSES, DataError, Store

HERE = pathlib.Path(__file__).resolve().parent.parent
SIZES = {"small": (0, 32 ** 2), "medium": (32 ** 2, 96 ** 2), "large": (96 ** 2, 1e9)}
YOLOX_CLASSES = (0, 1, 2, 3, 5, 7)          # of COCO's 80, in our order


def run_onnx(path, store, pictures, size, decode):
    """As judge.run, through ONNX Runtime; `decode` turns one output into boxes and scores in input pixels."""
    results = []
    for start in range(0, len(pictures), 64):
        part = pictures[start:start + 64]
        canvases, scales = zip(*(judge.letterbox(store.image(picture), size) for picture in part))
        x = np.stack(canvases).transpose(0, 3, 1, 2).astype(np.float32)
        output = ort.run(path, x if decode is decode_yolox else x[:, ::-1] / 255)[0]
        for found, scale in zip(output, scales):
            boxes, scores = decode(found, size)
            results.append(judge.pick(boxes / scale, scores))
    return results


def remembered(path, count, work):
    """The result of `work` from a file, where it is of as many pictures; the yardstick need not be run every time."""
    if path.is_file():
        results = pickle.loads(path.read_bytes())
        if len(results) == count:
            return results
    results = work()
    path.write_bytes(pickle.dumps(results))
    return results


def corners(centre, size):
    return np.concatenate([centre - size / 2, centre + size / 2], 1)


def decode_street(output, _):
    return corners(output[:2].T, output[2:4].T), output[4:].T


def decode_yolox(output, size):
    offset = 0
    boxes = []
    for stride in (8, 16, 32):
        side = size // stride
        rows, columns = np.mgrid[:side, :side]
        part = output[offset:offset + side * side]
        cells = np.stack([columns, rows], -1).reshape(-1, 2)
        boxes.append(corners((part[:, :2] + cells) * stride, np.exp(part[:, 2:4]) * stride))
        offset += side * side
    return np.concatenate(boxes), output[:, 4:5] * output[:, [5 + c for c in YOLOX_CLASSES]]


def measure(results, pictures, quick=False):
    """All figures of one network."""
    report = {"classes": {}, "by_source": {}}
    wide = {} if quick else judge.ap50_95(results, pictures)
    by_size = {} if quick else {name: judge.ap50(results, pictures, limits) for name, limits in SIZES.items()}
    for kind, name in enumerate(CLASSES):
        collected = judge.collect(results, pictures, kind, 0.5)
        row = {"boxes": sum(collected[2]), "ap50": judge.ap(collected)}
        if not quick:
            row["ap50_interval"] = judge.interval(collected)
            row["ap50_95"] = wide[name]
            row |= {f"ap50_{size}": values[name] for size, values in by_size.items()}
            row |= operating_point(collected)
        report["classes"][name] = row
    for source in sorted({picture.source for picture in pictures}):
        chosen = [i for i, picture in enumerate(pictures) if picture.source == source]
        part = [pictures[i] for i in chosen]
        values = judge.ap50([results[i] for i in chosen], part)
        boxes = {name: sum(judge.collect([results[i] for i in chosen], part, kind, 0.5)[2])
                 for kind, name in enumerate(CLASSES)}
        report["by_source"][source] = {name: [values[name], boxes[name]] for name in CLASSES if boxes[name] >= 5}
    rows = [row["ap50"] for row in report["classes"].values() if not np.isnan(row["ap50"])]
    report["mean_ap50"] = float(np.mean(rows))
    return report


def operating_point(collected, score=0.4):
    """Precision and recall at the score threshold that models.json proposes."""
    scores, right = np.concatenate(collected[0]), np.concatenate(collected[1])
    used = scores >= score
    return {"precision_at_0.4": float(right[used].mean()) if used.any() else float("nan"),
            "recall_at_0.4": float(right[used].sum() / max(1, sum(collected[2])))}


def plot(named_results, pictures, path):
    try:
        import matplotlib
    except ImportError:
        print("no precision-recall plot: Debian's python3-matplotlib is not installed", file=sys.stderr)
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, places = pyplot.subplots(2, 3, figsize=(9, 5.6), sharex=True, sharey=True)
    for kind, (name, place) in enumerate(zip(CLASSES, places.flat)):
        for label, results in named_results.items():
            scores, right, totals = judge.collect(results, pictures, kind, 0.5)
            recall, precision = curve(np.concatenate(scores), np.concatenate(right), sum(totals))
            place.plot(recall, precision, label=label, linewidth=1.2)
        place.set_title(f"{name} ({sum(totals)} boxes)", fontsize=9)
        place.grid(alpha=0.3)
    places[0, 0].legend(fontsize=7)
    figure.supxlabel("recall (IoU 0.5)", fontsize=9)
    figure.supylabel("precision", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def number(value):
    return "–" if value is None or np.isnan(value) else f"{value:.3f}"


def tables(reports):
    """The reports as Markdown."""
    lines = ["| AP50 | " + " | ".join(CLASSES) + " | mean |", "|---" * (len(CLASSES) + 2) + "|"]
    for label, report in reports.items():
        lines.append(f"| {label} | " + " | ".join(number(row["ap50"]) for row in report["classes"].values())
                     + f" | {number(report['mean_ap50'])} |")
    main = next(iter(reports.values()))
    if "ap50_95" in main["classes"]["person"]:
        lines += ["", "| class | boxes | AP50 (95 % interval) | AP50:95 | small | medium | large | precision / recall at 0.4 |",
                  "|---" * 8 + "|"]
        for name, row in main["classes"].items():
            low, high = row["ap50_interval"]
            lines.append(f"| {name} | {row['boxes']} | {number(row['ap50'])} ({number(low)}–{number(high)}) | "
                         f"{number(row['ap50_95'])} | " + " | ".join(number(row[f'ap50_{size}']) for size in SIZES)
                         + f" | {number(row['precision_at_0.4'])} / {number(row['recall_at_0.4'])} |")
    lines += ["", "AP50 by source (boxes); a dash: fewer than 5 boxes labelled by people", "",
              "| source | " + " | ".join(CLASSES) + " |", "|---" * (len(CLASSES) + 1) + "|"]
    for source, values in main["by_source"].items():
        lines.append(f"| {source}_ | " + " | ".join(
            f"{values[name][0]:.2f} ({values[name][1]})" if name in values else "–" for name in CLASSES) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=HERE.parents[1] / "../shared/data")
    parser.add_argument("--cache", type=pathlib.Path, default=HERE / "runs/cache")
    parser.add_argument("--part", choices=("held-out", "val"), default="held-out")
    parser.add_argument("--network", action="append", metavar="LABEL=FILE@SIZE", required=True,
                        help="a checkpoint (.pt), a street model (.onnx) or a YOLOX model (yolox*.onnx)")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "runs/report")
    parser.add_argument("--plot", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        store = Store(options.data, "val" if options.part == "val" else "train", options.cache, print)
        pictures = store.pictures if options.part == "val" else [
            picture for picture in store.pictures if picture.held_out and picture.source != "idd"]
        named = {}
        for text in options.network:
            label, _, rest = text.partition("=")
            path, _, size = rest.rpartition("@")
            path, size = pathlib.Path(path), int(size)
            if path.suffix == ".pt":
                from street.export import network
                named[label] = judge.run(network(path)[0], store, pictures, size)
            elif path.name.startswith("yolox"):
                named[label] = remembered(options.cache / f"yolox-{options.part}-{size}.pickle", len(pictures),
                                          lambda: run_onnx(path, store, pictures, size, decode_yolox))
            else:
                named[label] = run_onnx(path, store, pictures, size, decode_street)
    except (DataError, FileNotFoundError) as error:
        sys.exit(f"street: {error}")
    options.out.mkdir(parents=True, exist_ok=True)
    for label, results in named.items():
        (options.out / f"{options.part}-{label}.pickle").write_bytes(pickle.dumps(results))
    reports = {label: measure(results, pictures, options.quick) for label, results in named.items()}
    if options.plot:
        plot(named, pictures, options.plot)
    text = f"{options.part}: {len(pictures)} pictures\n\n" + tables(reports)
    (options.out / f"{options.part}.json").write_text(json.dumps(reports, indent=2) + "\n", encoding="utf-8")
    (options.out / f"{options.part}.md").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
