"""The street network: a small anchor-free detector of dense 3x3 convolutions and ReLU.

Dense convolutions with few channels train several times faster on a CPU than depthwise ones and run as fast in
ONNX Runtime; channel counts are multiples of 16, which its AVX-512 kernels want.
"""
import torch
from torch import nn

STRIDES = (8, 16, 32)
ARCHITECTURE = "street-1"


class Conv(nn.Sequential):
    def __init__(self, inputs, outputs, kernel=3, stride=1):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.03, eps=1e-3),
            nn.ReLU(inplace=True))


class Stage(nn.Module):
    """Halves the picture, then a cross-stage block: half of the channels pass `depth` residual convolutions."""

    def __init__(self, inputs, outputs, depth):
        super().__init__()
        half = outputs // 2
        self.down = Conv(inputs, outputs, 3, 2)
        self.left, self.right = Conv(outputs, half, 1), Conv(outputs, half, 1)
        self.blocks = nn.ModuleList(Conv(half, half) for _ in range(depth))
        self.join = Conv(2 * half, outputs, 1)

    def forward(self, x):
        x = self.down(x)
        y = self.left(x)
        for block in self.blocks:
            y = y + block(y)
        return self.join(torch.cat([y, self.right(x)], 1))


class Mix(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(Conv(inputs, outputs, 1), Conv(outputs, outputs))


class Street(nn.Module):
    def __init__(self, classes=6, channels=(16, 32, 64, 128, 224), depths=(2, 2, 2), width=48):
        super().__init__()
        c0, c1, c2, c3, c4 = channels
        self.stem = nn.Sequential(Conv(3, c0, 3, 2), Conv(c0, c1, 3, 2))
        self.stage3, self.stage4 = Stage(c1, c2, depths[0]), Stage(c2, c3, depths[1])
        self.stage5 = Stage(c3, c4, depths[2])
        self.pool, self.context = nn.MaxPool2d(5, 1, 2), Conv(3 * c4, c4, 1)
        self.lateral = nn.ModuleList([Conv(c2, width, 1), Conv(c3, width, 1), Conv(c4, width, 1)])
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.mix4_down, self.mix3 = Mix(2 * width, width), Mix(2 * width, width)
        self.down4, self.mix4 = Conv(width, width, 3, 2), Mix(2 * width, width)
        self.down5, self.mix5 = Conv(width, width, 3, 2), Mix(2 * width, width)
        self.towers = nn.ModuleList(nn.Sequential(Conv(width, width), Conv(width, width)) for _ in STRIDES)
        self.head_predict_class = nn.ModuleList(nn.Conv2d(width, classes, 1) for _ in STRIDES)
        self.head_predict_sides = nn.ModuleList(nn.Conv2d(width, 4, 1) for _ in STRIDES)
        for layer in self.head_predict_class:
            nn.init.constant_(layer.bias, -4.6)     # prior 0.01: almost every place is background
        for layer in self.head_predict_sides:
            nn.init.constant_(layer.bias, 1.0)

    def forward(self, x):
        """x [B,3,H,W] in 0..1, RGB -> per stride (class logits [B,C,h,w], raw sides [B,4,h,w])."""
        p3 = self.stage3(self.stem(x))
        p4 = self.stage4(p3)
        p5 = self.stage5(p4)
        pooled = self.pool(p5)
        p5 = self.context(torch.cat([p5, pooled, self.pool(pooled)], 1))
        n3, n4, n5 = self.lateral[0](p3), self.lateral[1](p4), self.lateral[2](p5)
        n4 = self.mix4_down(torch.cat([n4, self.up(n5)], 1))
        n3 = self.mix3(torch.cat([n3, self.up(n4)], 1))
        n4 = self.mix4(torch.cat([n4, self.down4(n3)], 1))
        n5 = self.mix5(torch.cat([n5, self.down5(n4)], 1))
        result = []
        for i, features in enumerate((n3, n4, n5)):
            features = self.towers[i](features)
            result.append((self.head_predict_class[i](features), self.head_predict_sides[i](features)))
        return result


def grid(height, width, device=None):
    """Centres [A,2] in pixels and strides [A] of all places of an input of that size."""
    points, strides = [], []
    for stride in STRIDES:
        rows, columns = torch.meshgrid(
            torch.arange(height // stride, device=device), torch.arange(width // stride, device=device), indexing="ij")
        points.append((torch.stack([columns, rows], -1).reshape(-1, 2).float() + 0.5) * stride)
        strides.append(torch.full((rows.numel(),), float(stride), device=device))
    return torch.cat(points), torch.cat(strides)


def decode(outputs, points, strides):
    """-> class logits [B,A,C] and boxes x1,y1,x2,y2 [B,A,4] in input pixels, float32."""
    logits = torch.cat([part[0].float().flatten(2) for part in outputs], 2).transpose(1, 2)
    raw = torch.cat([part[1].float().flatten(2) for part in outputs], 2).transpose(1, 2)
    sides = nn.functional.softplus(raw) * (2 * strides[None, :, None])
    return logits, torch.cat([points - sides[..., :2], points + sides[..., 2:]], -1)


class Deployed(nn.Module):
    """What is exported: [1,4+C,A] = centre x, centre y, width, height in input pixels, then class scores.

    The grid is made in the graph, so that height and width may be any multiples of 32.
    """

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        outputs = self.model(x)
        boxes = [self.boxes(sides, stride) for (_, sides), stride in zip(outputs, STRIDES)]
        scores = torch.cat([part[0].flatten(2) for part in outputs], 2).sigmoid()
        return torch.cat([torch.cat(boxes, 2), scores], 1)

    @staticmethod
    def boxes(sides, stride):
        sides = nn.functional.softplus(sides) * (2.0 * stride)
        rows = (torch.arange(sides.shape[2], device=sides.device).float() + 0.5).mul(stride)[None, None, :, None]
        columns = (torch.arange(sides.shape[3], device=sides.device).float() + 0.5).mul(stride)[None, None, None, :]
        left, top, right, bottom = sides.split(1, 1)
        centre_x, centre_y = (right - left) * 0.5 + columns, (bottom - top) * 0.5 + rows
        return torch.cat([centre_x, centre_y, left + right, top + bottom], 1).flatten(2)
