"""Muon (Jordan et al. 2024) for the hidden convolutions, AdamW for the rest.

Muon steps along the nearest semi-orthogonal matrix of the averaged gradient, found by five Newton-Schulz steps; small nets need
fewer pictures that way, and pictures are what a CPU has few of."""
import torch

from common.arithmetic import FAST


def _orthogonal(g):
    """About U V^T of g = U S V^T, by the quintic Newton-Schulz iteration of the Muon paper."""
    x = (g / (g.norm() + 1e-7)).to(FAST)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
    return (x.T if tall else x).float()


class Optimiser:
    """One step over both parts, at a share (0..1) of their full rates."""

    def __init__(self, net, muon_rate=.02, rate=2e-3, decay=.02, momentum=.95):
        hidden = [p for p in net.parameters() if p.ndim == 4 and p.shape[1] > 3 and p.shape[0] > 13]
        chosen = {id(p) for p in hidden}
        rest = [p for p in net.parameters() if id(p) not in chosen]
        self.adam = torch.optim.AdamW([{"params": [p for p in rest if p.ndim > 1], "weight_decay": decay},
                                       {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0}], lr=rate)
        self.hidden, self.muon_rate, self.rate, self.decay, self.momentum = hidden, muon_rate, rate, decay, momentum
        self.average = [torch.zeros_like(p) for p in hidden]

    def zero_grad(self):
        self.adam.zero_grad(set_to_none=True)
        for p in self.hidden:
            p.grad = None

    @torch.no_grad()
    def step(self, share):
        for g in self.adam.param_groups:
            g["lr"] = self.rate * share
        self.adam.step()
        for p, m in zip(self.hidden, self.average):
            if p.grad is None:
                continue
            m.lerp_(p.grad, 1 - self.momentum)
            g = torch.lerp(p.grad, m, self.momentum).flatten(1)
            u = _orthogonal(g) * max(1.0, g.shape[0] / g.shape[1]) ** .5
            p.mul_(1 - self.muon_rate * share * self.decay)
            p.add_(u.view_as(p), alpha=-self.muon_rate * share)

    def state_dict(self):
        return {"kind": "muon", "adam": self.adam.state_dict(), "average": self.average}

    def load_state_dict(self, state):
        """Takes up a saved state; one of another kind is left aside (the averages then fill anew)."""
        if state.get("kind") != "muon":
            return
        self.adam.load_state_dict(state["adam"])
        for m, s in zip(self.average, state["average"]):
            m.copy_(s)
