"""Trains `plate-read`: synthetic plates and real crops, then evaluates, exports, checks and registers it.

    train_read.py --data ../shared/data --until 19:30        (or --minutes 60)

Warm-up, a stable rate, then a linear decay over the last quarter of the time. The last state of the stable phase is kept in
models/training/runs/plate-read, so a later run goes on from there; where that is gone, from models/training/weights/plate-read.pt."""
import argparse
import json
import os
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import torch.nn.functional as F  # noqa: E402

import plate_data  # noqa: E402
import progress  # noqa: E402
import read_eval  # noqa: E402
from read_data import Batches  # noqa: E402
from read_net import ARCHITECTURE, PlateRead  # noqa: E402

RUNS = os.path.join(HERE, "..", "runs", "plate-read")
WEIGHTS = os.path.join(HERE, "..", "weights", "plate-read.pt")
POOL = os.path.join(HERE, "..", "runs", "pool_read")


def runs_of(o):
    """The folder of checkpoints; runs that leave families out have one of their own."""
    return "-without-".join([RUNS] + (["-".join(o.leave_out)] if o.leave_out else []))


def loss_of(out, chars, colour, lines):
    """Cross entropy of the ten places, plus a fifth each of colour and line count."""
    c = F.cross_entropy(out[0].flatten(0, 1).float(), chars.flatten())
    k = F.cross_entropy(out[1], colour, ignore_index=-1) if (colour >= 0).any() else out[1].sum() * 0
    return c + .2 * k + .2 * F.cross_entropy(out[2], lines)


def start_pool(o):
    """Starts the process that renders plates, and waits for its first file where there is none yet."""
    os.makedirs(POOL, exist_ok=True)
    maker = None
    if o.pool_files > 0:
        seed = 1 + max([int(f.split("_")[1]) for f in os.listdir(POOL) if f.endswith(".npz")], default=0)
        maker = subprocess.Popen([sys.executable, os.path.join(HERE, "read_pool.py"), "--data", o.data, "--out", POOL, "--files", str(o.pool_files),
                                  "--seed", str(seed)])
    while not any(f.endswith(".npz") for f in os.listdir(POOL)):
        if maker is None:
            raise SystemExit(f"there are no rendered plates yet in {POOL}: --pool-files 1 or more makes them")
        if maker.poll() is not None:
            raise SystemExit(f"the pool maker left no file in {POOL}; run read_pool.py by hand to see why")
        time.sleep(1)
    return maker


class Reading(progress.Task):
    architecture, runs, weights = ARCHITECTURE, RUNS, WEIGHTS
    clip, keep = 5.0, .9985
    judge_every = 1500    # steps

    def __init__(self, o):
        if o.leave_out:                                       # never from, nor over, weights that saw these families
            self.runs, self.weights = runs_of(o), ""
        self.o, self.batches = o, Batches(o.data, POOL, o.batch, leave_out=o.leave_out, seed=int(time.time()))

    def batch(self):
        images, *wanted = self.batches.next()
        return images, wanted

    def loss(self, out, wanted):
        loss = loss_of(out, *wanted)
        return loss, [loss]

    def line(self, parts):
        return f"loss {parts[0]:.4f}"

    def note(self):
        return f" pools {len(self.batches.pools)}"

    def shown(self):
        self.batches.refresh()

    def stepped(self, step, ema):
        if step % self.judge_every == 0:
            figures = read_eval.evaluate(ema, self.o.data, self.o.leave_out)
            print(json.dumps({k: figures[k] for k in ("exact", "leftOut", "macroByFamily", "byColour", "colourRight", "ece")}), flush=True)


def train(o):
    maker = start_pool(o)
    net = progress.ready(PlateRead(), o.threads)
    try:
        return progress.train(o, net, Reading(o))
    finally:
        if maker is not None and maker.poll() is None:
            maker.terminate()


def left_out_figures():
    """Figures of the last run that left families out, or None."""
    path = os.path.join(HERE, "..", "weights", "plate-read.left-out.json")
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    progress.arguments(a, batch=64)
    a.add_argument("--pool-files", type=int, default=16, help="new pool files of 2,000 plates to render while training")
    o = a.parse_args()
    try:
        plate_data.rows(o.data, "crops")
        if o.evaluate_only:
            ema = PlateRead()
            step = progress.load(os.path.join(runs_of(o), "final.pt"), ARCHITECTURE, ema)
        else:
            ema, step = train(o)
    except (plate_data.MissingData, progress.WrongArchitecture) as e:
        raise SystemExit(str(e))
    figures = read_eval.evaluate(ema.cpu(), o.data, o.leave_out)
    print(json.dumps({k: v for k, v in figures.items() if k not in ("wrong", "calibration")}, ensure_ascii=False, indent=1))
    if o.no_export:
        if figures["leftOut"]:
            os.makedirs(os.path.dirname(WEIGHTS), exist_ok=True)
            with open(os.path.join(os.path.dirname(WEIGHTS), "plate-read.left-out.json"), "w", encoding="utf-8") as f:
                json.dump(figures["leftOut"], f, indent=1)
        with open(os.path.join(runs_of(o), f"figures_{'_'.join(o.leave_out) or 'all'}.json"), "w", encoding="utf-8") as f:
            json.dump(figures, f, ensure_ascii=False, indent=1)
        return
    import read_export
    read_export.publish_all(ema.cpu(), step, figures, o.data, left_out_figures())


if __name__ == "__main__":
    main()
