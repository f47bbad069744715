"""Trains `plate-read`: synthetic plates and real crops, then evaluates, exports, checks and registers it.

    train_read.py --data ../shared/data --until 19:30        (or --minutes 60)

Warm-up, a stable rate, then a linear decay over the last quarter of the time. The last state of the stable phase is kept in
models/training/runs/plate-read, so a later run goes on from there; where that is gone, from models/training/weights/plate-read.pt."""
import argparse
import copy
import json
import os
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import cv2  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import plate_data  # noqa: E402
import progress  # noqa: E402
import read_eval  # noqa: E402
from optimiser import Optimiser  # noqa: E402
from read_data import Batches  # noqa: E402
from read_net import ARCHITECTURE, PlateRead  # noqa: E402

RUNS = os.path.join(HERE, "..", "runs", "plate-read")
WEIGHTS = os.path.join(HERE, "..", "weights", "plate-read.pt")
POOL = os.path.join(HERE, "..", "runs", "pool_read")


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
        if maker is None or maker.poll() is not None:
            raise SystemExit(f"the pool maker left no file in {POOL}; run read_pool.py by hand to see why")
        time.sleep(1)
    return maker


def train(o):
    torch.set_num_threads(o.threads)
    cv2.setNumThreads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    maker = start_pool(o)
    batches = Batches(o.data, POOL, o.batch, leave_out=o.leave_out, seed=int(time.time()))
    net = PlateRead().to(device, memory_format=torch.channels_last)
    ema = copy.deepcopy(net).eval()
    optimiser = Optimiser(net)
    step = progress.resume(os.path.join(RUNS, "last.pt"), WEIGHTS, ARCHITECTURE, net, ema, optimiser, o.fresh)
    begin, end = time.time(), progress.end_of(o)
    decay_from = begin + (end - begin) * (1 - o.decay_share)
    first, saved, shown, seen, total = step, begin, begin, 0, 0.0
    while time.time() < end:
        now = time.time()
        share = min(1, (step - first + 1) / 150)
        if now > decay_from:
            share *= max(.01, (end - now) / (end - decay_from))
        images, chars, colour, lines = batches.next()
        x = torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
        net.train()
        with torch.autocast(device, dtype=torch.bfloat16):
            out = net(x)
        loss = loss_of(out, *(torch.from_numpy(v).to(device) for v in (chars, colour, lines)))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5)
        optimiser.step(share)
        step += 1
        seen += len(images)
        total += float(loss)
        progress.average(ema, net, min(.9985, (1 + step) / (10 + step)))
        if step % 100 == 0:
            print(f"{time.strftime('%H:%M:%S')} step {step} loss {total / 100:.4f} rate {share:.3f} {seen / (time.time() - shown):.0f}/s pools {len(batches.pools)}", flush=True)
            total, seen, shown = 0.0, 0, time.time()
            batches.refresh()
        if now < decay_from and now - saved > 60:
            progress.save(os.path.join(RUNS, "last.pt"), ARCHITECTURE, net, ema, optimiser, step)
            saved = now
        if step % 1500 == 0:
            figures = read_eval.evaluate(ema, o.data, o.leave_out)
            print(json.dumps({k: figures[k] for k in ("exact", "leftOut", "macroByFamily", "byColour", "colourRight", "ece")}), flush=True)
    if maker is not None and maker.poll() is None:
        maker.terminate()
    progress.save(os.path.join(RUNS, "final.pt"), ARCHITECTURE, net, ema, None, step)
    return ema, step


def left_out_figures():
    """Figures of the last run that left families out, or None."""
    path = os.path.join(HERE, "..", "weights", "plate-read.left-out.json")
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    progress.arguments(a)
    a.add_argument("--batch", type=int, default=64)
    a.add_argument("--leave-out", default="", type=lambda s: tuple(f for f in s.split(",") if f), help="families kept from training whole, by comma")
    a.add_argument("--pool-files", type=int, default=16, help="new pool files of 2,000 plates to render while training")
    a.add_argument("--evaluate-only", action="store_true")
    o = a.parse_args()
    try:
        plate_data.rows(o.data, "crops")
        if o.evaluate_only:
            ema = PlateRead()
            step = progress.load(os.path.join(RUNS, "final.pt"), ARCHITECTURE, ema)
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
        with open(os.path.join(RUNS, f"figures_{'_'.join(o.leave_out) or 'all'}.json"), "w", encoding="utf-8") as f:
            json.dump(figures, f, ensure_ascii=False, indent=1)
        return
    import read_export
    read_export.publish_all(ema.cpu(), step, figures, o.data, left_out_figures())


if __name__ == "__main__":
    main()
