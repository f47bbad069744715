"""Muon for the hidden convolutions, AdamW for everything else.

Muon (Jordan et al. 2024) replaces the momentum matrix of a layer by the nearest semi-orthogonal one, found by
five Newton-Schulz steps. Small networks get there in fewer pictures, which is what a CPU has few of.
"""
import torch

from common.arithmetic import FAST


def orthogonalise(matrix, steps=5):
    """Approximate U V^T of `matrix` = U S V^T; quintic Newton-Schulz iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = (matrix / (matrix.norm() + 1e-7)).to(FAST)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return (x.T if tall else x).float()


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr=0.02, momentum=0.95, weight_decay=0.02):
        super().__init__(parameters, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                gradient = parameter.grad.reshape(len(parameter), -1)
                state = self.state[parameter]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(gradient)
                momentum = state["momentum"]
                momentum.lerp_(gradient, 1 - group["momentum"])
                update = orthogonalise(gradient.lerp(momentum, group["momentum"]))
                rows, columns = update.shape
                scale = max(1.0, rows / columns) ** 0.5
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(update.reshape(parameter.shape), alpha=-group["lr"] * scale)


class Optimisers:
    """
    Both optimisers behind one step and one relative learning rate (0..1). Hidden are the convolutions between the first one, which
    sees pixels, and the heads: those named ".predict" or with fewer than `least_rows` outputs.
    """

    def __init__(self, model, use_muon=True, muon_lr=0.02, adam_lr=2e-3, weight_decay=0.03, least_rows=1):
        hidden, matrices, rest = [], [], []
        for name, parameter in model.named_parameters():
            if parameter.ndim < 2:
                rest.append(parameter)
            elif use_muon and parameter.ndim == 4 and parameter.shape[1] > 3 and len(parameter) >= least_rows and ".predict" not in name:
                hidden.append(parameter)
            else:
                matrices.append(parameter)
        self.parts = [torch.optim.AdamW(
            [{"params": matrices, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}],
            lr=adam_lr)]
        if hidden:
            self.parts.append(Muon(hidden, lr=muon_lr))
        self.base = [[group["lr"] for group in part.param_groups] for part in self.parts]

    def step(self, relative_rate):
        for part, rates in zip(self.parts, self.base):
            for group, rate in zip(part.param_groups, rates):
                group["lr"] = rate * relative_rate
            part.step()

    def zero_grad(self):
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def state_dict(self):
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states):
        for part, state in zip(self.parts, states):
            part.load_state_dict(state)


class Average:
    """Exponential moving average of a model's weights; `model` is what is judged and shipped."""

    def __init__(self, model, shadow, decay=0.999):
        self.model, self.decay = shadow.eval(), decay
        pairs = list(zip(shadow.state_dict().values(), model.state_dict().values()))
        self.floats = [pair for pair in pairs if pair[0].dtype.is_floating_point]
        self.others = [pair for pair in pairs if not pair[0].dtype.is_floating_point]

    @torch.no_grad()
    def update(self, iteration):
        decay = min(self.decay, (iteration + 1) / (iteration + 100))
        averages, values = [pair[0] for pair in self.floats], [pair[1] for pair in self.floats]
        torch._foreach_mul_(averages, decay)
        torch._foreach_add_(averages, values, alpha=1 - decay)
        for average, value in self.others:
            average.copy_(value)
