"""What both plate trainers share: arguments, time limits, checkpoints, averaged weights."""
import datetime
import os
import sys
import time

import torch


class WrongArchitecture(Exception):
    """A checkpoint was written by another net than the one to be trained."""


def arguments(parser):
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--data", default=os.path.normpath(os.path.join(here, "..", "..", "..", "..", "shared", "data")), help="folder with plates/ and detection/")
    parser.add_argument("--until", help="HH:MM by the clock of this machine")
    parser.add_argument("--minutes", type=float, help="minutes from now (default 90)")
    parser.add_argument("--resume", action="store_true", default=True, help="go on from the last checkpoint (the default)")
    parser.add_argument("--fresh", action="store_true", help="begin anew")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--decay-share", type=float, default=.3, help="share of the time over which the rate falls")
    parser.add_argument("--no-export", action="store_true", help="only train and measure")


def end_of(o):
    """The time.time() at which to stop."""
    if o.until:
        h, m = (int(v) for v in o.until.split(":"))
        now = datetime.datetime.now()
        end = now.replace(hour=h, minute=m, second=0, microsecond=0)
        return (end if end > now else end + datetime.timedelta(days=1)).timestamp()
    return time.time() + 60 * (o.minutes or 90)


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
            if state.get("optimiser"):
                optimiser.load_state_dict(state["optimiser"])
            print(f"goes on from {path}, step {state['step']}", file=sys.stderr)
            return state["step"]
    return 0
