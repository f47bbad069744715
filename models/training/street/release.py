"""Exports a street model, checks it, judges it on the held-out pictures and on val, times it, writes its card."""
import argparse
import json
import pathlib
import subprocess
import sys

from common import manifest, ort
from street.card import write_card
from street.export import keep_weights
from street.train import load

HERE = pathlib.Path(__file__).resolve().parent.parent
MODELS = HERE.parent
SIZES = {"street": 416, "street-s": 320}


def module(name, *words):
    subprocess.run([sys.executable, "-m", name, *map(str, words)], check=True, cwd=HERE)


def checkpoint(name):
    # street-s has the weights of street.
    for path in (HERE / "runs/street/final.pt", HERE / "weights/street.pt")[name != "street":]:
        if path.is_file():
            return path
    sys.exit("street: neither runs/street/final.pt nor weights/street.pt exists: run models/train.sh street first")


def latencies(name, yolox):
    """Median milliseconds by turns in one process, on one and on two threads."""
    models = [(MODELS / f"{one}.onnx", (3, SIZES[one], SIZES[one])) for one in dict.fromkeys([name, "street"])] + ([(yolox, (3, 416, 416))] if yolox.is_file() else [])
    return [row for threads in (1, 2) for row in ort.bench(models, threads)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--name", choices=tuple(SIZES), default="street")
    parser.add_argument("--checkpoint", type=pathlib.Path)
    parser.add_argument("--yolox", type=pathlib.Path, help="YOLOX-nano to compare with; default DATA/../models")
    parser.add_argument("--no-val", action="store_true", help="leave val alone: for looks between releases")
    options = parser.parse_args()
    size, source = SIZES[options.name], options.checkpoint or checkpoint(options.name)
    yolox = options.yolox or options.data / "../models/yolox_nano.onnx"
    out = HERE / f"runs/report-{options.name}"
    if options.name == "street":
        keep = ["--save-weights", HERE / "weights/street.pt"] if source.name == "final.pt" else []
        module("street.export", "--checkpoint", source, "--name", options.name, "--size", size, *keep)
    else:
        module("street.quantise", "--data", options.data, "--checkpoint", source, "--name", options.name, "--size", size)
    stable = HERE / "runs/street/stable.pt"
    if options.name == "street" and stable.is_file():
        keep_weights(load(stable, "cpu"), HERE / "weights/street-stable.pt")
    onnx = MODELS / f"{options.name}.onnx"
    networks = ["--network", f"{options.name}={onnx}@{size}"]
    if options.name != "street":
        networks += ["--network", f"street={MODELS / 'street.onnx'}@{SIZES['street']}"]
    if yolox.is_file():
        networks += ["--network", f"YOLOX-nano={yolox}@416"]
    parts = ("held-out",) if options.no_val else ("held-out", "val")
    (MODELS / "cards").mkdir(exist_ok=True)
    for part in parts:
        plot = ["--plot", MODELS / f"cards/{options.name}-pr.png"] if part == parts[-1] else []
        module("street.evaluate", "--data", options.data, "--part", part, "--out", out, *networks, *plot)
    timed = latencies(options.name, yolox)
    (out / "latency.json").write_text(json.dumps(timed, indent=2) + "\n")
    figures = {"latency": [{k: row[k] for k in ("model", "shape", "threads", "median_ms")} for row in timed]}
    for part in parts:
        report = json.loads((out / f"{part}.json").read_text())[options.name]
        figures[f"ap50 {part}"] = {name: round(row["ap50"], 3) for name, row in report["classes"].items()}
    manifest.add_figures(MODELS / "models.json", options.name, figures)
    write_card(options.name, size, out, parts, timed, source, MODELS / f"cards/{options.name}.md")


if __name__ == "__main__":
    main()
