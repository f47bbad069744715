"""Trains `plate-detect` on real scenes and on street photos with synthetic plates, then evaluates, exports, checks and registers it.

    train_detect.py --data ../shared/data --until 19:30        (or --minutes 60)

Rate, checkpoints and resuming as in train_read.py (models/training/runs/plate-detect, weights/plate-detect.pt)."""
import argparse
import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import detect_eval  # noqa: E402
import detect_loss  # noqa: E402
import detect_pool  # noqa: E402
import plate_data  # noqa: E402
import progress  # noqa: E402
from detect_data import Samples, photos  # noqa: E402
from detect_net import ARCHITECTURE, PlateDetect, decode  # noqa: E402

RUNS = os.path.join(HERE, "..", "runs", "plate-detect")
WEIGHTS = os.path.join(HERE, "..", "weights", "plate-detect.pt")
POOL = os.path.join(HERE, "..", "runs", "pool_detect")


def ensure_pool():
    """Renders the flat plates where that has not been done."""
    os.makedirs(POOL, exist_ok=True)
    if not any(f.startswith("flat_") and f.endswith(".npz") for f in os.listdir(POOL)):
        detect_pool.save(os.path.join(POOL, "flat_001.npz"), detect_pool.make(2500, 1))


class Finding(progress.Task):
    architecture, runs, weights = ARCHITECTURE, RUNS, WEIGHTS
    show_every = 50

    def __init__(self, o):
        ensure_pool()
        self.size, self.samples = o.batch, Samples(o.data, POOL, seed=int(time.time()), leave_out=o.leave_out)

    def batch(self):
        images, *wanted = self.samples.batch(self.size)
        return images, wanted

    def loss(self, out, wanted):
        parts = detect_loss.loss(decode(out), *wanted)
        return parts[0] + 2 * parts[1] + 10 * parts[2], parts

    def line(self, parts):
        return f"score {parts[0]:.3f} box {parts[1]:.3f} corners {parts[2]:.4f}"


def train(o):
    net = progress.ready(PlateDetect(), o.threads)
    return progress.train(o, net, Finding(o))


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    progress.arguments(a, batch=24)
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
