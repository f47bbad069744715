"""Exports a street network in 8-bit integers and registers it: python3 -m street.quantise (from models/training; train.sh does it).

Scales are fixed (static): those of activations come from pictures to learn from, those of weights one by one from each
output channel. Weights keep to 7 bits, because ONNX Runtime's AVX2 kernel adds two products in 16 bits and would
overflow with 8. The first convolution and the pools stay in float32, where they are faster.
The graph is written with QuantizeLinear/DequantizeLinear pairs, which ONNX Runtime fuses into integer convolutions; the
last 1x1 convolutions of the heads, whose outputs have no common scale, stay in float32.
"""
import argparse
import datetime
import pathlib
import sys

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from common import manifest, ort
from street import export, judge
from street.dataset import LEFT_OUT, DataError, Store
from street.net import Conv, Deployed

HERE = pathlib.Path(__file__).resolve().parent.parent
WEIGHT_LEVELS = 63
SHARE = 0.9999              # of an activation's values lie within its scale; the rest are cut
TOLERANCE = 5e-3            # mean difference to PyTorch: a value at the edge of two levels may fall to either side


class Scale(nn.Module):
    """Rounds what passes to 256 levels from 0; while it watches, learns the largest value."""

    def __init__(self):
        super().__init__()
        self.watches, self.largest = True, 0.0

    def forward(self, x):
        if self.watches:
            sample = x.flatten()[::max(1, x.numel() // 200_000)]
            self.largest = max(self.largest, float(sample.kthvalue(max(1, round(SHARE * len(sample))))[0]))
            return x
        return torch.fake_quantize_per_tensor_affine(x, max(self.largest, 1e-6) / 255, 0, 0, 255)


class QuantisedConv(nn.Module):
    """Convolution with its normalisation folded in, and ReLU."""

    def __init__(self, conv):
        super().__init__()
        # Three channels fill no register of 8-bit products: the first convolution takes four times as long as in float32.
        self.is_rounded = conv[0].in_channels > 3
        plain, norm, _ = conv
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        self.weight = nn.Parameter(plain.weight * factor[:, None, None, None], requires_grad=False)
        self.bias = nn.Parameter(norm.bias - norm.running_mean * factor, requires_grad=False)
        self.stride, self.padding = plain.stride, plain.padding
        self.after = Scale()
        largest = self.weight.abs().amax((1, 2, 3)).clamp(min=1e-8)
        self.register_buffer("steps", largest / WEIGHT_LEVELS)
        self.register_buffer("zeros", torch.zeros(len(largest), dtype=torch.int32))

    def forward(self, x):
        weight = self.weight
        if not self.after.watches and self.is_rounded:
            weight = torch.fake_quantize_per_channel_affine(weight, self.steps, self.zeros, 0, -128, 127)
        return self.after(torch.relu(nn.functional.conv2d(x, weight, self.bias, self.stride, self.padding)))


class Quantised(nn.Module):
    """A trained Street with a scale after every step that needs one."""

    def __init__(self, street):
        super().__init__()
        self.street = fold(street)
        self.scales = nn.ModuleDict()

    def named(self, name, x):
        if name not in self.scales:
            self.scales[name] = Scale()
        return self.scales[name](x)

    def stage(self, name, stage, x):
        x = stage.down(x)
        y = stage.left(x)
        for i, block in enumerate(stage.blocks):
            y = self.named(f"{name}_add{i}", y + block(y))
        return stage.join(self.named(f"{name}_cat", torch.cat([y, stage.right(x)], 1)))

    def up(self, name, x):
        return self.named(name, self.street.up(x))

    def forward(self, x):
        net = self.street
        p3 = self.stage("stage3", net.stage3, net.stem(x))
        p4 = self.stage("stage4", net.stage4, p3)
        p5 = self.stage("stage5", net.stage5, p4)
        pooled = net.pool(p5)
        p5 = net.context(self.named("context_cat", torch.cat([p5, pooled, net.pool(pooled)], 1)))
        n3, n4, n5 = net.lateral[0](p3), net.lateral[1](p4), net.lateral[2](p5)
        n4 = net.mix4_down(self.named("cat4_down", torch.cat([n4, self.up("up5", n5)], 1)))
        n3 = net.mix3(self.named("cat3", torch.cat([n3, self.up("up4", n4)], 1)))
        n4 = net.mix4(self.named("cat4", torch.cat([n4, net.down4(n3)], 1)))
        n5 = net.mix5(self.named("cat5", torch.cat([n5, net.down5(n4)], 1)))
        result = []
        for i, features in enumerate((n3, n4, n5)):
            features = net.towers[i](features)
            result.append((net.head_predict_class[i](features), net.head_predict_sides[i](features)))
        return result

    def freeze(self):
        for module in self.modules():
            if isinstance(module, Scale):
                module.watches = False


def fold(module):
    for name, child in module.named_children():
        if isinstance(child, Conv):
            setattr(module, name, QuantisedConv(child))
        else:
            fold(child)
    return module


@torch.no_grad()
def calibrate(street, pictures, size):
    """pictures: uint8 BGR arrays -> the network with its scales fixed."""
    quantised = Quantised(street).eval()
    for pixels in pictures:
        canvas, _ = judge.letterbox(pixels, size)
        quantised(torch.from_numpy(canvas[..., ::-1].copy()).permute(2, 0, 1)[None].float().div_(255))
    quantised.freeze()
    return quantised


def to_onnx(quantised, path, height, width):
    export.to_onnx(quantised, path, height, width)
    model = onnx.load(str(path))
    store_integers(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def store_integers(graph):
    """Weights as int8 and biases as int32 with their scales beside them, in place of float32 that is rounded at every start."""
    known = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    made = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        if node.op_type == "Constant":
            known[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)

    def value(name):
        if name in known:
            return known[name]
        node = made[name]
        assert node.op_type in ("Cast", "Identity"), node.op_type
        return value(node.input[0])

    added, used = [], []
    for node in list(graph.node):
        if node.op_type != "Conv" or made.get(node.input[1]) is None or made[node.input[1]].op_type != "DequantizeLinear":
            continue
        there = made[made[node.input[1]].input[0]]
        weights, steps = value(there.input[0]), value(there.input[1])
        integers = np.clip(np.round(weights / steps[:, None, None, None]), -128, 127).astype(np.int8)
        step_in = value(made[node.input[0]].input[1])
        bias = value(node.input[2])
        name = node.input[2]
        added += [numpy_helper.from_array(integers, name + "_w8"), numpy_helper.from_array(steps.astype(np.float32), name + "_ws"),
                  numpy_helper.from_array(np.zeros(len(steps), np.int8), name + "_wz"),
                  numpy_helper.from_array(np.round(bias / (step_in * steps)).astype(np.int32), name + "_b32"),
                  numpy_helper.from_array((step_in * steps).astype(np.float32), name + "_bs")]
        used += [helper.make_node("DequantizeLinear", [name + "_w8", name + "_ws", name + "_wz"], [name + "_w"], axis=0),
                 helper.make_node("DequantizeLinear", [name + "_b32", name + "_bs"], [name + "_b"], axis=0)]
        node.input[1], node.input[2] = name + "_w", name + "_b"
    nodes, before = used + list(graph.node), None
    while before != len(nodes):         # what nobody asks for any more goes, and then what only that asked for
        before = len(nodes)
        needed = {name for node in nodes for name in node.input} | {one.name for one in graph.output}
        nodes = [node for node in nodes if any(output in needed for output in node.output)]
    initial = [one for one in [*graph.initializer, *added] if one.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(initial)


@torch.no_grad()
def check(quantised, path, size, canvases):
    """Mean difference between ONNX Runtime and PyTorch: boxes relative to the input size, scores as they are."""
    x = np.stack(canvases)[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255
    deployed = Deployed(quantised).eval()
    wanted = np.concatenate([deployed(torch.from_numpy(one[None])).numpy() for one in x])
    difference = np.abs(ort.run(path, x)[0] - wanted)
    return float(max(difference[:, :4].mean() / size, difference[:, 4:].mean()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=HERE.parents[1] / "../shared/data")
    parser.add_argument("--cache", type=pathlib.Path, default=HERE / "runs/cache")
    parser.add_argument("--checkpoint", type=pathlib.Path, default=HERE / "weights/street.pt")
    parser.add_argument("--name", default="street-s")
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--pictures", type=int, default=200, help="pictures to learn from that fix the scales")
    parser.add_argument("--models", type=pathlib.Path, default=HERE.parent)
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        model, state = export.network(options.checkpoint)
        store = Store(options.data, "train", options.cache, print)
    except DataError as error:
        sys.exit(f"street: {error}")
    learn = [picture for picture in store.pictures if not picture.held_out and picture.source not in LEFT_OUT]
    chosen = [store.image(learn[i]) for i in np.linspace(0, len(learn) - 1, options.pictures).astype(int)]
    quantised = calibrate(model, chosen, options.size)
    path = options.models / f"{options.name}.onnx"
    to_onnx(quantised, path, options.size, options.size)
    worst = check(quantised, path, options.size, [judge.letterbox(pixels, options.size)[0] for pixels in chosen[:4]])
    if worst > TOLERANCE:
        sys.exit(f"street: {path} differs from PyTorch by {worst:.1e} on average, allowed {TOLERANCE:.0e}")
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, differs from PyTorch by {worst:.1e} on average")
    manifest.upsert(options.models / "models.json", export.entry(
        options.name, path, options.size, options.size,
        {"onnxMinusPyTorch": float(f"{worst:.1e}"),
         "exported": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")}, state["seen"]))


if __name__ == "__main__":
    main()
