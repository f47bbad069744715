"""Task-aligned assignment for one class (Feng et al. 2021), varifocal score, GIoU box, and corners."""
import torch
import torch.nn.functional as F

TOP = 8


def iou(a, b, generalised=False):
    """IoU or GIoU (Rezatofighi et al. 2019) of boxes x1, y1, x2, y2 that broadcast."""
    lo, hi = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    both = (hi - lo).clamp(min=0).prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - both + 1e-6
    value = both / union
    if not generalised:
        return value
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1) + 1e-6
    return value - (hull - union) / hull


@torch.no_grad()
def assign(logits, boxes, points, steps, targets):
    """Which places learn which plate: picture, place, target row and quality (0..1) of each."""
    picture, truth = targets[:, 0].long(), targets[:, 1:5]
    overlap = iou(truth[:, None], boxes[picture])
    x, y = points[None, :, 0], points[None, :, 1]
    inside = (x > truth[:, 0:1]) & (x < truth[:, 2:3]) & (y > truth[:, 1:2]) & (y < truth[:, 3:4])
    cx, cy = (truth[:, 0:1] + truth[:, 2:3]) / 2, (truth[:, 1:2] + truth[:, 3:4]) / 2
    near = ((x - cx).abs() < steps) & ((y - cy).abs() < steps)
    metric = logits[picture].sigmoid().clamp(min=1e-6).sqrt() * (overlap + 1e-3).pow(3) * (inside | near)
    best, place = metric.topk(TOP, 1)
    row = torch.arange(len(targets), device=logits.device)[:, None].expand_as(place)
    ok = best > 0
    best, place, row = best[ok], place[ok], row[ok]
    key = picture[row] * logits.shape[1] + place
    top = torch.zeros(logits.numel(), device=logits.device).scatter_reduce(0, key, best, "amax")
    mine = best >= top[key]
    best, place, row = best[mine], place[mine], row[mine]
    zero = torch.zeros(len(targets), device=logits.device)
    top_metric, top_iou = zero.scatter_reduce(0, row, best, "amax"), zero.scatter_reduce(0, row, overlap[row, place], "amax")
    return picture[row], place, row, best / (top_metric[row] + 1e-12) * top_iou[row].clamp(min=.3)


def loss(decoded, targets, ground):
    """Score, box and corner loss. targets [N,14], ground [B,S/8,S/8]."""
    logits, boxes, corners, points, steps = decoded
    weight_bg = torch.cat([ground[:, ::s, ::s].flatten(1) for s in (1, 2, 4)], 1)
    p = logits.detach().sigmoid()
    want = torch.zeros_like(logits)
    box_loss = corner_loss = logits.sum() * 0
    total = torch.tensor(float(max(len(targets) * 2, 8)))
    if len(targets):
        picture, place, row, quality = assign(logits.detach(), boxes.detach(), points, steps, targets)
        want[picture, place] = quality
        t = targets[row]
        b = boxes[picture, place]
        total = quality.sum().clamp(min=8)
        box_loss = ((1 - iou(b, t[:, 1:5], generalised=True)) * quality).sum()
        c = corners[picture, place]
        size = (t[:, 3] - t[:, 1]).clamp(min=12)[:, None, None]
        known = t[:, 13] > 0
        far = F.smooth_l1_loss(c / size, t[:, 5:13].reshape(-1, 4, 2) / size, beta=.02, reduction="none").mean((1, 2))
        # of a real plate only the box is known: the corners' own box must equal it
        hull = torch.cat([c.amin(1), c.amax(1)], 1)
        tight = F.smooth_l1_loss(hull / size[:, 0], t[:, 1:5] / size[:, 0], beta=.02, reduction="none").mean(1)
        corner_loss = (torch.where(known, far, .5 * tight * (t[:, 13] == 0)) * quality).sum()
    weight = torch.where(want > 0, want, .75 * p.pow(1.5) * weight_bg)
    score = (F.binary_cross_entropy_with_logits(logits, want, reduction="none") * weight).sum()
    return score / total, box_loss / total, corner_loss / total
