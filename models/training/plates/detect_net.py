"""`plate-detect`: a small anchor-free detector of plates with four corners."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from read_net import Block, Conv

ARCHITECTURE = "plate-detect/1"
STRIDES = (8, 16, 32)


class PlateDetect(nn.Module):
    """Input [N,3,H,W] RGB 0..1, H and W multiples of 32. Each stride gives [N,13,H/s,W/s]:
    score logit, distances to the four sides, offsets of the four corners (in units of the stride)."""

    def __init__(self, c=(16, 16, 32, 48, 64), f=32):
        super().__init__()
        a, b, d, e, g = c
        self.s1 = nn.Sequential(Conv(3, a, 3, 2), Conv(a, b, 3, 2))
        self.s2 = nn.Sequential(Conv(b, d, 3, 2), Block(d, 2))
        self.s3 = nn.Sequential(Conv(d, e, 3, 2), Block(e, 3))
        self.s4 = nn.Sequential(Conv(e, g, 3, 2), Block(g, 2))
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.spp = Conv(g * 3, g, 1)
        self.lateral = nn.ModuleList(Conv(i, f, 1) for i in (d, e, g))
        self.merge = nn.ModuleList(Conv(f, f) for _ in range(2))
        self.down = nn.ModuleList(Conv(f, f, 3, 2) for _ in range(2))
        self.head = nn.ModuleList(nn.Sequential(Conv(f, f), Conv(f, 2 * f)) if i else Conv(f, 2 * f) for i in range(3))
        self.out = nn.ModuleList(nn.Conv2d(2 * f, 13, 1) for _ in range(3))
        for o in self.out:
            nn.init.normal_(o.weight, std=.01)
            with torch.no_grad():
                o.bias.copy_(torch.tensor([-4.6] + [.6] * 4 + [-2., -1, 2, -1, 2, 1, -2, 1]))

    def forward(self, x):
        p3 = self.s2(self.s1(x))
        p4 = self.s3(p3)
        p5 = self.s4(p4)
        q = self.pool(p5)
        c = self.lateral[2](self.spp(torch.cat([p5, q, self.pool(q)], 1)))
        b = self.merge[1](self.lateral[1](p4) + F.interpolate(c, scale_factor=(2., 2.), mode="nearest"))
        a = self.merge[0](self.lateral[0](p3) + F.interpolate(b, scale_factor=(2., 2.), mode="nearest"))
        b = b + self.down[0](a)
        c = c + self.down[1](b)
        return [o(h(v)) for o, h, v in zip(self.out, self.head, (a, b, c))]


def decode(outputs):
    """logits [N,A], boxes x1,y1,x2,y2 [N,A,4], corners [N,A,4,2] in input px, centres [A,2], strides [A]."""
    logits, boxes, corners, points, steps = [], [], [], [], []
    for o, s in zip(outputs, STRIDES):
        n, _, h, w = o.shape
        y, x = torch.meshgrid(torch.arange(h, device=o.device), torch.arange(w, device=o.device), indexing="ij")
        p = (torch.stack([x, y], -1).reshape(-1, 2).float() + .5) * s
        o = o.float().flatten(2).transpose(1, 2)
        side = F.softplus(o[..., 1:5]) * s * 2
        logits.append(o[..., 0])
        boxes.append(torch.cat([p - side[..., :2], p + side[..., 2:]], -1))
        corners.append(p[:, None] + o[..., 5:].reshape(n, -1, 4, 2) * s)
        points.append(p)
        steps.append(torch.full((len(p),), float(s), device=o.device))
    return torch.cat(logits, 1), torch.cat(boxes, 1), torch.cat(corners, 1), torch.cat(points), torch.cat(steps)


class Exported(nn.Module):
    """Decoded inside the graph: [N,13,A] = cx, cy, w, h, score, four corners x, y; the grid follows the input's size."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, images):
        rows = []
        for o, s in zip(self.net(images), STRIDES):
            one = torch.ones_like(o[:, :1])
            x = (torch.cumsum(one, 3) - .5) * s
            y = (torch.cumsum(one, 2) - .5) * s
            side = F.softplus(o[:, 1:5]) * (s * 2.0)
            left, top, right, bottom = side[:, 0:1], side[:, 1:2], side[:, 2:3], side[:, 3:4]
            grid = torch.cat([x, y, x, y, x, y, x, y], 1)
            rows.append(torch.cat([x + (right - left) * .5, y + (bottom - top) * .5, left + right, top + bottom,
                                   torch.sigmoid(o[:, 0:1]), grid + o[:, 5:] * float(s)], 1).flatten(2))
        return torch.cat(rows, 2)
