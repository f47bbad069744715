"""`plate-read`: one look at a stretched 128x64 plate, ten character places, colour and line count."""
import torch
import torch.nn as nn
import torch.nn.functional as F

ARCHITECTURE = "plate-read/1"
PLACES, CLASSES, COLOURS = 10, 34, 5


class Conv(nn.Sequential):
    """3x3 (or k x k) convolution, batch norm, ReLU."""

    def __init__(self, i, o, k=3, stride=1, act=True):
        super().__init__(nn.Conv2d(i, o, k, stride, k // 2, bias=False), nn.BatchNorm2d(o), *([nn.ReLU(inplace=True)] if act else []))


class Block(nn.Module):
    """Half of the channels pass through n residual 3x3 convolutions, then both halves are mixed."""

    def __init__(self, c, n):
        super().__init__()
        h = c // 2
        self.a, self.b = Conv(c, h, 1), Conv(c, h, 1)
        self.m = nn.ModuleList(Conv(h, h) for _ in range(n))
        self.o = Conv(c, c, 1)

    def forward(self, x):
        y = self.a(x)
        for m in self.m:
            y = y + m(y)
        return self.o(torch.cat([y, self.b(x)], 1))


def layout(height=8, width=32):
    """Where each place begins to look: about where its character stands on plates of two lines and of one. Without this hint the
    places see the same blur for a long while before one of them finds its character."""
    y = (torch.arange(height) + .5)[:, None] / height
    x = (torch.arange(width) + .5)[None] / width

    def spot(cx, cy):
        return torch.exp(-((x - cx) / .07) ** 2 - ((y - cy) / .14) ** 2)
    two = [(.20, .3), (.34, .3), (.62, .3), (.78, .3)] + [(.14 + .17 * k, .72) for k in range(5)] + [(.9, .72)]
    one = [(.09 + .115 * k, .5) for k in range(8)] + [(.95, .5)] * 2
    return torch.stack([torch.log(.7 * spot(*a) + .3 * spot(*b) + .02) for a, b in zip(two, one)])[None]


class PlateRead(nn.Module):
    """Input [N,3,64,128] RGB 0..1. Every place looks where its own attention map tells it to (8x32 cells), the maps come from
    features that have seen the whole plate; one character classifier serves all places, so a rare letter is learnt once for all.
    Output: logits chars [N,10,34], colour [N,5], lines [N,2]."""

    def __init__(self, c=(16, 24, 48, 64, 96)):
        super().__init__()
        a, b, d, e, f = c
        self.stem = nn.Sequential(Conv(3, a, 3, 2), Conv(a, b, 3, 1))            # 32 x 64
        self.s2 = nn.Sequential(Conv(b, d, 3, 2), Block(d, 2))                   # 16 x 32
        self.s3 = nn.Sequential(Conv(d, e, 3, (2, 1)), Block(e, 2))              # 8 x 32
        self.s4 = nn.Sequential(Conv(e, f, 3, (2, 2)), Block(f, 2))              # 4 x 16, the whole plate in sight
        self.context = nn.Linear(f, f)
        self.up = Conv(f, e, 1)
        self.mix = Conv(e, e, 3)
        self.where = nn.Conv2d(e, PLACES, 1)
        self.position = nn.Parameter(layout())
        self.what = Conv(e, e, 1)
        self.char = nn.Linear(e, CLASSES)
        self.place = nn.Parameter(torch.zeros(PLACES, CLASSES))
        self.colour = nn.Linear(f + b, COLOURS)
        self.lines = nn.Linear(f, 2)

    def forward(self, x):
        s = self.stem(x)
        p = self.s3(self.s2(s))
        q = self.s4(p)
        g = q.mean((2, 3))
        q = q + self.context(g)[:, :, None, None]
        m = self.mix(p + F.interpolate(self.up(q), scale_factor=(2.0, 2.0), mode="nearest"))
        where = torch.softmax((self.where(m) + self.position).flatten(2).float(), -1)
        what = self.what(m).flatten(2).float()
        seen = torch.matmul(where, what.transpose(1, 2))
        chars = self.char(seen) + self.place
        return chars, self.colour(torch.cat([g, s.mean((2, 3))], 1)).float(), self.lines(g).float()


class Exported(nn.Module):
    """The net with its probabilities at a calibrated temperature, as the product reads them."""

    def __init__(self, net, temperature=1.0):
        super().__init__()
        self.net = net
        self.register_buffer("temperature", torch.tensor(float(temperature)))

    def forward(self, images):
        chars, colour, lines = self.net(images)
        return torch.softmax(chars / self.temperature, -1), torch.softmax(colour, -1), torch.softmax(lines, -1)
