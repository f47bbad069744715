"""Trains `plate-detect` on real scenes and on street photos with synthetic plates, then evaluates, exports, checks and registers it.

    train_detect.py --data ../shared/data --until 19:30        (or --minutes 60)

Rate, checkpoints and resuming as in train_read.py (models/training/runs/plate-detect, weights/plate-detect.pt)."""
import argparse
import copy
import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import cv2  # noqa: E402
import torch  # noqa: E402

import detect_eval  # noqa: E402
import detect_loss  # noqa: E402
import detect_pool  # noqa: E402
import plate_data  # noqa: E402
import progress  # noqa: E402
from detect_data import Samples, photos  # noqa: E402
from optimiser import Optimiser  # noqa: E402
from detect_net import ARCHITECTURE, PlateDetect, decode  # noqa: E402

RUNS = os.path.join(HERE, "..", "runs", "plate-detect")
WEIGHTS = os.path.join(HERE, "..", "weights", "plate-detect.pt")
POOL = os.path.join(HERE, "..", "runs", "pool_detect")


def ensure_pool():
    """Renders the flat plates where that has not been done."""
    os.makedirs(POOL, exist_ok=True)
    if not any(f.startswith("flat_") and f.endswith(".npz") for f in os.listdir(POOL)):
        detect_pool.save(os.path.join(POOL, "flat_001.npz"), detect_pool.make(2500, 1))


def train(o):
    torch.set_num_threads(o.threads)
    cv2.setNumThreads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    ensure_pool()
    samples = Samples(o.data, POOL, seed=int(time.time()), leave_out=o.leave_out)
    net = PlateDetect().to(device, memory_format=torch.channels_last)
    ema = copy.deepcopy(net).eval()
    optimiser = Optimiser(net)
    step = progress.resume(os.path.join(RUNS, "last.pt"), WEIGHTS, ARCHITECTURE, net, ema, optimiser, o.fresh)
    begin, end = time.time(), progress.end_of(o)
    decay_from = begin + (end - begin) * (1 - o.decay_share)
    first, saved, shown, seen, total = step, begin, begin, 0, [0.0] * 3
    while time.time() < end:
        now = time.time()
        share = min(1, (step - first + 1) / 150)
        if now > decay_from:
            share *= max(.01, (end - now) / (end - decay_from))
        images, targets, ground = samples.batch(o.batch)
        x = torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
        net.train()
        with torch.autocast(device, dtype=torch.bfloat16):
            out = net(x)
        parts = detect_loss.loss(decode(out), torch.from_numpy(targets).to(device), torch.from_numpy(ground).to(device))
        loss = parts[0] + 2 * parts[1] + 4 * parts[2]
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10)
        optimiser.step(share)
        step += 1
        seen += len(images)
        total = [a + float(b) for a, b in zip(total, parts)]
        progress.average(ema, net, min(.998, (1 + step) / (10 + step)))
        if step % 50 == 0:
            print(f"{time.strftime('%H:%M:%S')} step {step} score {total[0] / 50:.3f} box {total[1] / 50:.3f} corners {total[2] / 50:.4f} rate {share:.3f} {seen / (time.time() - shown):.0f}/s", flush=True)
            total, seen, shown = [0.0] * 3, 0, time.time()
        if now < decay_from and now - saved > 60:
            progress.save(os.path.join(RUNS, "last.pt"), ARCHITECTURE, net, ema, optimiser, step)
            saved = now
    progress.save(os.path.join(RUNS, "final.pt"), ARCHITECTURE, net, ema, None, step)
    return ema, step


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    progress.arguments(a)
    a.add_argument("--batch", type=int, default=24)
    a.add_argument("--leave-out", default="", type=lambda s: tuple(f for f in s.split(",") if f), help="families kept from training whole, by comma")
    a.add_argument("--evaluate-only", action="store_true")
    o = a.parse_args()
    try:
        plate_data.rows(o.data, "scenes")
        if o.evaluate_only:
            ema = PlateDetect()
            step = progress.load(os.path.join(RUNS, "final.pt"), ARCHITECTURE, ema)
        else:
            ema, step = train(o)
        ema = ema.cpu().eval()
        sizes = {n: detect_eval.real(ema, o.data, o.leave_out or None, limit=n) for n in (320, 416, 640)}
        figures = {"real": sizes[320], "sizes": {str(n): v["atPrecision95"] for n, v in sizes.items()},
                   "rendered": detect_eval.rendered(ema, detect_pool.make(120, 777), photos(o.data, 120, 777))}
    except (plate_data.MissingData, progress.WrongArchitecture) as e:
        raise SystemExit(str(e))
    reader = os.path.join(HERE, "..", "weights", "plate-read.pt")
    if os.path.isfile(reader):                           # what rectifying brings, with the reader as it stands
        from chain_eval import chain
        from read_net import ARCHITECTURE as READ, PlateRead
        net = PlateRead().eval()
        progress.load(reader, READ, net)
        figures["rectified"] = chain(ema, net, o.data, .55)[0]
        print(json.dumps(figures["rectified"], indent=1))
    print(json.dumps({"real": {k: v for k, v in figures["real"].items() if k != "curve"}, "rendered": figures["rendered"]}, indent=1))
    if not o.no_export:
        import detect_export
        detect_export.publish_all(ema, step, figures, o.data)


if __name__ == "__main__":
    main()
