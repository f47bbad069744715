"""Exports a checkpoint to ONNX, checks it against PyTorch, and registers it in models.json."""
import argparse
import datetime
import pathlib
import sys
import warnings

import numpy as np
import torch

from common import manifest, ort
from street.dataset import CLASSES, DataError
from street.net import Deployed, Street
from street.train import load

HERE = pathlib.Path(__file__).resolve().parent.parent
TOLERANCE = 1e-4


def network(path):
    """The averaged network of a checkpoint, for judging and shipping.

    Rounded to float16 as the committed weights are: what ships is the same from either file.
    """
    state = load(path, "cpu")
    model = Street()
    model.load_state_dict({k: v.half().float() if v.is_floating_point() else v for k, v in state["average"].items()})
    return model.eval(), state


def keep_weights(state, path):
    """The averaged weights of a checkpoint in float16, small enough to commit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = {k: v.half() if v.is_floating_point() else v for k, v in state["average"].items()}
    torch.save({k: state[k] for k in ("architecture", "iteration", "seen", "seconds")} | {"average": half}, path)


def to_onnx(model, path, height, width):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # shape inference of constants, harmless
        torch.onnx.export(
            Deployed(model).eval(), torch.zeros(1, 3, height, width), str(path), opset_version=17, do_constant_folding=True,
            input_names=["images"], output_names=["output"],
            dynamic_axes={"images": {2: "height", 3: "width"}, "output": {2: "places"}})


def check(deployed, path, height, width, pictures=4):
    """Largest difference between ONNX Runtime and PyTorch: boxes relative to the input size, scores as they are."""
    random = np.random.default_rng(3)
    x = random.random((pictures, 3, height, width), np.float32)
    with torch.no_grad():
        wanted = np.concatenate([deployed(torch.from_numpy(x[i:i + 1])).numpy() for i in range(pictures)])
    found, = ort.run(path, x)
    difference = np.abs(found - wanted)
    return float(max(difference[:, :4].max() / max(height, width), difference[:, 4:].max()))


def entry(name, path, height, width, figures, pictures_seen):
    return {
        "name": name, "task": "detect", "file": path.name, "sha256": manifest.sha256(path),
        "input": {"name": "images", "width": width, "height": height, "dynamic": True, "colour": "rgb",
                  "scale": 1 / 255, "mean": [0, 0, 0], "std": [1, 1, 1], "pad": 114, "placement": "top_left"},
        "decoder": "yolov8", "outputs": ["output"], "classes": list(CLASSES),
        "scoreThreshold": 0.4, "nmsIou": 0.5,
        "licence": "Apache-2.0", "source": "trained by this project (models/training)",
        "data": f"street set without idd_: COCO 2017 and seven small public sets, {pictures_seen} pictures seen; "
                f"see cards/{name}.md",
        "figures": figures,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=pathlib.Path, default=HERE / "runs/street/final.pt")
    parser.add_argument("--name", default="street")
    parser.add_argument("--size", type=int, default=416)
    parser.add_argument("--height", type=int, default=0, help="when not square")
    parser.add_argument("--models", type=pathlib.Path, default=HERE.parent)
    parser.add_argument("--save-weights", type=pathlib.Path, help="also keep the averaged weights, float16, here")
    options = parser.parse_args()
    height, width = options.height or options.size, options.size
    torch.set_num_threads(1)
    try:
        model, state = network(options.checkpoint)
    except DataError as error:
        sys.exit(f"street: {error}")
    path = options.models / f"{options.name}.onnx"
    to_onnx(model, path, height, width)
    deployed = Deployed(model).eval()
    worst = max(check(deployed, path, height, width), check(deployed, path, 192, 320))
    if worst > TOLERANCE:
        sys.exit(f"street: {path} differs from PyTorch by {worst:.1e}, allowed {TOLERANCE:.0e}: "
                 "run models/train.sh street, which exports this checkpoint anew")
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, differs from PyTorch by at most {worst:.1e}")
    manifest.upsert(options.models / "models.json", entry(
        options.name, path, height, width,
        {"onnxMinusPyTorch": float(f"{worst:.1e}"),
         "exported": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")}, state["seen"]))
    if options.save_weights:
        keep_weights(state, options.save_weights)


if __name__ == "__main__":
    main()
