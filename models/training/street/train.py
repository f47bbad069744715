"""Trains the street detector: python3 -m street.train --minutes 110 (from models/training; train.sh does it).

The schedule is warm-up, stable, decay: the stable checkpoint (last.pt, and weights/street.pt of the last
milestone) can be trained on at any later time; every decay starts from it and ends in a model to ship.
"""
import argparse
import copy
import pathlib
import sys
import time

import numpy as np
import torch

from common import deadline
from common.arithmetic import autocast
from common.optimiser import Average, Optimisers
from street import judge
from street.augment import Samples
from street.dataset import CLASSES, DataError, Store, require_all_classes
from street.loss import loss
from street.net import ARCHITECTURE, Street

HERE = pathlib.Path(__file__).resolve().parent.parent
WARM_UP = 250               # iterations
BOX_GAIN = 2.0
DECAY_AVERAGE = 0.996       # while the rate falls, old weights are worse weights: a shorter memory
ROUND = 100                 # iterations between checkpoints


def say(*words):
    print(time.strftime("%H:%M:%S"), *words, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=HERE.parents[1] / "../shared/data")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "runs/street")
    parser.add_argument("--cache", type=pathlib.Path, default=HERE / "runs/cache")
    parser.add_argument("--weights", type=pathlib.Path, default=HERE / "weights/street-stable.pt",
                        help="where to start when the run folder has no checkpoint")
    deadline.add_arguments(parser, minutes=240.0)
    parser.add_argument("--decay-minutes", type=float, default=35.0, help="the last part, where the rate falls to 0")
    parser.add_argument("--sizes", default="192:15,256:50,320", help="input size:minutes since the start, ...")
    parser.add_argument("--decay-sizes", default="256:18,320", help="as --sizes, minutes since the decay began")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--mosaic", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1.0, help="largest rate, as a share of the usual one; less where decayed weights are trained on")
    parser.add_argument("--adam", action="store_true", help="AdamW for all weights instead of Muon")
    parser.add_argument("--from-scratch", action="store_true")
    parser.add_argument("--keep-last", action="store_true", help="decay without writing over last.pt")
    parser.add_argument("--judge-every", type=int, default=16, help="rounds between looks at the held-out pictures")
    return parser.parse_args()


def size_at(sizes, minutes):
    for part in sizes.split(","):
        size, _, length = part.partition(":")
        if not length or minutes < float(length):
            return int(size)
        minutes -= float(length)
    return int(size)


def load(path, device):
    """A checkpoint of this architecture, or a clear refusal."""
    state = torch.load(path, map_location=device)
    found = state.get("architecture", "unknown") if isinstance(state, dict) else "unknown"
    if found != ARCHITECTURE:
        raise DataError(f"{path} holds weights of the architecture '{found}', this program trains "
                        f"'{ARCHITECTURE}': move the file away or start anew with --from-scratch")
    return state


class Run:
    def __init__(self, options):
        self.options = options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.store = Store(options.data, "train", options.cache, say)
        self.learn = [picture for picture in self.store.pictures
                      if not picture.held_out and picture.source not in ("idd",)]
        self.held = [picture for picture in self.store.pictures if picture.held_out and picture.source not in ("idd",)]
        counts = require_all_classes(self.learn)
        say(f"{len(self.learn)} pictures to learn from, {len(self.held)} held out;",
            ", ".join(f"{name} {count}" for name, count in zip(CLASSES, counts)))
        self.model = Street().to(self.device, memory_format=torch.channels_last)
        self.average = Average(self.model, copy.deepcopy(self.model))
        scale = (options.batch / 32) ** 0.5     # rates were chosen for batches of 32
        self.optimisers = Optimisers(
            self.model, use_muon=not options.adam, muon_lr=0.02 * scale, adam_lr=2e-3 * scale)
        self.iteration, self.seen, self.seconds, self.was_decaying = 0, 0, 0.0, False
        self.resume()
        self.first = self.iteration     # the optimisers warm up again after every start

    def resume(self):
        last = self.options.out / "last.pt"
        if self.options.from_scratch:
            return
        if last.is_file():
            state = load(last, self.device)
            self.model.load_state_dict(state["model"])
            self.optimisers.load_state_dict(state["optimisers"])
            self.was_decaying = state.get("decaying", False)
        elif self.options.weights.is_file():    # of a run of its own, or of the one it branches off
            state = load(self.options.weights, self.device)
            self.model.load_state_dict({k: v.float() for k, v in state["average"].items()})
        else:
            return
        self.average.model.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in state["average"].items()})
        self.iteration, self.seen, self.seconds = state["iteration"], state["seen"], state["seconds"]
        say(f"goes on from iteration {self.iteration}, {self.seen} pictures seen, {self.seconds / 60:.0f} minutes")

    def save(self, name):
        path = self.options.out / name
        torch.save(dict(architecture=ARCHITECTURE, model=self.model.state_dict(), average=self.average.model.state_dict(),
                        optimisers=self.optimisers.state_dict(), iteration=self.iteration, seen=self.seen,
                        seconds=self.seconds, decaying=self.was_decaying), str(path) + ".part")
        pathlib.Path(str(path) + ".part").replace(path)

    def judge(self, size):
        started = time.time()
        pictures = self.held
        if not np.isfinite(sum(float(p.abs().sum()) for p in self.average.model.parameters())):
            raise DataError("the weights are no longer finite: lower the rates or start from an earlier checkpoint")
        values = judge.ap50(judge.run(self.average.model, self.store, pictures, size), pictures)
        say(f"held out AP50 at {size}:", " ".join(f"{k} {v:.3f}" for k, v in values.items()),
            f"mean {np.nanmean(list(values.values())):.3f} after {self.seen} pictures ({time.time() - started:.0f} s)")

    def train(self):
        options, end = self.options, deadline.end_of(self.options)
        decay_from = end - options.decay_minutes * 60
        batches, setting, rounds = None, None, 0
        sums, pace = np.zeros(2), time.time()
        while time.time() < end:
            decaying = time.time() > decay_from
            left = (end - time.time()) / 60
            wanted = (size_at(options.decay_sizes, options.decay_minutes - left) if decaying else size_at(options.sizes, self.seconds / 60),
                      0.1 if decaying and left < options.decay_minutes * 0.4 else options.mosaic)
            if decaying and self.average.decay != DECAY_AVERAGE:
                if not self.was_decaying:
                    self.save("stable.pt")
                self.average.decay, self.was_decaying = DECAY_AVERAGE, True
            if wanted != setting:
                setting, batches = wanted, None
                size = setting[0]
                loader = torch.utils.data.DataLoader(
                    Samples(self.store, self.learn, size, options.batch, setting[1], self.iteration),
                    batch_size=None, num_workers=1, prefetch_factor=6)
                batches = iter(loader)
                say(f"input {size}, mosaic {setting[1]}, {'decay' if decaying else 'stable'}")
            started = time.time()
            pixels, objects, weights = (part.to(self.device) for part in next(batches))
            rate = options.rate * min(1.0, (self.iteration - self.first + 1) / WARM_UP)
            if decaying:
                rate *= max(0.01, (end - time.time()) / (options.decay_minutes * 60))
            sums += self.step(pixels, objects, weights, setting[0], rate)
            self.seconds += time.time() - started
            if self.iteration % ROUND == 0:
                speed = ROUND * options.batch / (time.time() - pace)
                say(f"iteration {self.iteration} class {sums[0] / ROUND:.3f} box {sums[1] / ROUND:.3f} "
                    f"{speed:.0f} pictures/s rate {rate:.2f}")
                rounds += 1
                if not (options.keep_last and decaying):
                    self.save("last.pt")
                if rounds % options.judge_every == 0:
                    self.judge(setting[0])
                sums, pace = np.zeros(2), time.time()
        self.save("final.pt")
        self.judge(setting[0])

    def step(self, pixels, objects, weights, size, rate):
        x = pixels.flip(-1).permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
        self.model.train()
        with autocast(self.device):
            outputs = self.model(x)
        class_loss, box_loss = loss(outputs, objects, weights, size)
        total = class_loss + BOX_GAIN * box_loss
        self.optimisers.zero_grad()
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 10.0)
        if not torch.isfinite(norm):
            say("a batch without a finite gradient was left out")
            return np.zeros(2)
        self.optimisers.step(rate)
        self.average.update(self.iteration)
        self.iteration += 1
        self.seen += len(x)
        return np.array([class_loss.item(), box_loss.item()])


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        Run(options).train()
    except DataError as error:
        sys.exit(f"street: {error}")


if __name__ == "__main__":
    main()
