"""What both plate trainers share: arguments, the training loop with its time limit, checkpoints, averaged weights."""
import copy
import os
import sys
import time

import cv2
import torch

from common import deadline
from common.arithmetic import autocast
from common.optimiser import Optimisers

WARM_UP = 150         # steps
SAVE_EVERY = 60       # seconds


class WrongArchitecture(Exception):
    """A checkpoint was written by another net than the one to be trained."""


def arguments(parser, batch=None):
    """The options of both trainers; those of training alone where `batch` names the usual batch size."""
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--data", default=os.path.normpath(os.path.join(here, "..", "..", "..", "..", "shared", "data")), help="folder with plates/ and detection/")
    deadline.add_arguments(parser, minutes=90.0)
    parser.add_argument("--resume", action="store_true", default=True, help="go on from the last checkpoint (the default)")
    parser.add_argument("--fresh", action="store_true", help="begin anew")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--decay-share", type=float, default=.3, help="share of the time over which the rate falls")
    parser.add_argument("--rate", type=float, default=1.0, help="share of the usual learning rate")
    parser.add_argument("--no-export", action="store_true", help="only train and measure")
    if batch:
        parser.add_argument("--batch", type=int, default=batch)
        parser.add_argument("--leave-out", default="", type=lambda s: tuple(f for f in s.split(",") if f), help="families kept from training whole, by comma")
        parser.add_argument("--evaluate-only", action="store_true")


def average(ema, net, keep):
    """Moves the averaged weights a step towards the net's."""
    with torch.no_grad():
        for a, b in zip(ema.state_dict().values(), net.state_dict().values()):
            if a.dtype.is_floating_point:
                a.mul_(keep).add_(b.detach(), alpha=1 - keep)
            else:
                a.copy_(b)


def save(path, architecture, net, ema, optimiser, step):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    torch.save({"architecture": architecture, "net": net.state_dict(), "ema": ema.state_dict(), "step": step,
                "optimiser": optimiser.state_dict() if optimiser else None}, path + ".part")
    os.replace(path + ".part", path)


def _read(path, architecture):
    state = torch.load(path, map_location="cpu")
    found = state.get("architecture") if isinstance(state, dict) else None
    if found != architecture:
        raise WrongArchitecture(f"{path} holds {found or 'something else'}, not {architecture}. Move it away, or begin anew with --fresh.")
    return state


def load(path, architecture, net):
    """Averaged weights of a checkpoint into `net`; returns its step."""
    state = _read(path, architecture)
    net.load_state_dict(state["ema"])
    return state["step"]


def resume(last, weights, architecture, net, ema, optimiser, fresh):
    """Goes on from `last`, else from the committed milestone `weights`, else from nothing. Returns the step."""
    if fresh:
        return 0
    for path in (last, weights):
        if os.path.isfile(path):
            state = _read(path, architecture)
            net.load_state_dict(state.get("net") or state["ema"])
            ema.load_state_dict(state["ema"])
            if isinstance(state.get("optimiser"), list):
                optimiser.load_state_dict(state["optimiser"])
            print(f"goes on from {path}, step {state['step']}", file=sys.stderr)
            return state["step"]
    return 0


class Task:
    """What one trainer does differently from the other; places in `runs` and `weights` as in train."""
    architecture = runs = weights = None
    clip = 10.0           # largest gradient norm
    keep = .998           # of the averaged weights a step, in the long run
    show_every = 100      # steps between two lines

    def batch(self):
        """images [B,H,W,3] uint8 RGB, and what `loss` needs, as numpy arrays."""
        raise NotImplementedError

    def loss(self, out, wanted):
        """The loss, and the parts that are shown."""
        raise NotImplementedError

    def line(self, parts):
        """Mean parts as text."""
        raise NotImplementedError

    def shown(self):
        """After a line; for what is taken up now and then."""

    def note(self):
        """Stands at the end of a line."""
        return ""

    def stepped(self, step, ema):
        """After every step."""


def train(o, net, task):
    """Warm-up, a stable rate, a linear decay until the time is up; -> averaged net, step. Checkpoints are of the stable phase."""
    device = next(net.parameters()).device
    ema = copy.deepcopy(net).eval()
    optimiser = Optimisers(net, weight_decay=.02, least_rows=14)     # a head gives 13 values at most
    step = resume(os.path.join(task.runs, "last.pt"), task.weights, task.architecture, net, ema, optimiser, o.fresh)
    begin, end = time.time(), deadline.end_of(o)
    decay_from = begin + (end - begin) * (1 - o.decay_share)
    first, saved, shown, seen, total = step, begin, begin, 0, None
    while time.time() < end:
        now = time.time()
        share = o.rate * min(1, (step - first + 1) / WARM_UP)
        if now > decay_from:
            share *= max(.01, (end - now) / (end - decay_from))
        images, wanted = task.batch()
        x = torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
        net.train()
        with autocast(device):
            out = net(x)
        loss, parts = task.loss(out, [torch.from_numpy(v).to(device) for v in wanted])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), task.clip)
        optimiser.step(share)
        step += 1
        seen += len(images)
        total = [a + float(b) for a, b in zip(total or [0.0] * len(parts), parts)]
        average(ema, net, min(task.keep, (1 + step) / (10 + step)))
        if step % task.show_every == 0:
            print(f"{time.strftime('%H:%M:%S')} step {step} {task.line([v / task.show_every for v in total])} rate {share:.3f} {seen / (time.time() - shown):.0f}/s{task.note()}", flush=True)
            total, seen, shown = None, 0, time.time()
            task.shown()
        if now < decay_from and now - saved > SAVE_EVERY:
            save(os.path.join(task.runs, "last.pt"), task.architecture, net, ema, optimiser, step)
            saved = now
        task.stepped(step, ema)
    save(os.path.join(task.runs, "final.pt"), task.architecture, net, ema, None, step)
    return ema, step


def ready(net, threads):
    """The net on the device that there is, laid out as trains fastest."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    return net.to("cuda" if torch.cuda.is_available() else "cpu", memory_format=torch.channels_last)
