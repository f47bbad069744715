"""Task-aligned assignment (Feng et al. 2021), varifocal classification (Zhang et al. 2021), GIoU boxes.

All objects of a batch are assigned at once: [objects, places] matrices instead of a loop over pictures.
"""
import torch
from torch.nn import functional

from common.boxes import iou_aligned
from street.net import decode, grid

_TOP = 10
_grids = {}


def _places(height, width, device):
    key = height, width, str(device)
    if key not in _grids:
        _grids[key] = grid(height, width, device)
    return _grids[key]


@torch.no_grad()
def assign(scores, boxes, points, strides, objects):
    """Which places learn which object.

    objects [N,7] = picture, class, x1, y1, x2, y2, box weight. Returns picture, place, object and target quality
    (0..1) of every assigned place; a place belongs to one object only, the one it fits best.
    """
    count, places = len(objects), len(points)
    picture, kind, truth = objects[:, 0].long(), objects[:, 1].long(), objects[:, 2:6]
    iou = iou_aligned(truth[:, None], boxes[picture])
    x, y = points[None, :, 0], points[None, :, 1]
    inside = (x > truth[:, 0:1]) & (x < truth[:, 2:3]) & (y > truth[:, 1:2]) & (y < truth[:, 3:4])
    centre = (truth[:, :2] + truth[:, 2:]) * 0.5
    near = ((x - centre[:, 0:1]).abs() < strides) & ((y - centre[:, 1:2]).abs() < strides)
    score = scores[picture, :, kind].clamp(min=1e-6)
    metric = score.sqrt() * (iou + 1e-4).pow(4) * (inside | near)
    best, place = metric.topk(min(_TOP, places), 1)
    owner = torch.arange(count, device=place.device)[:, None].expand_as(place)
    wanted = best > 0
    best, place, owner = best[wanted], place[wanted], owner[wanted]
    key = picture[owner] * places + place
    highest = torch.zeros(len(scores) * places, device=best.device).scatter_reduce(0, key, best, "amax")
    mine = best >= highest[key]
    best, place, owner, key = best[mine], place[mine], owner[mine], key[mine]
    overlap = iou[owner, place]
    zeros = torch.zeros(count, device=best.device)
    top_metric = zeros.scatter_reduce(0, owner, best, "amax")
    top_overlap = zeros.scatter_reduce(0, owner, overlap, "amax")
    quality = best / (top_metric[owner] + 1e-12) * top_overlap[owner]
    return picture[owner], place, owner, quality


def loss(outputs, objects, weights, size):
    """Classification and box loss of a batch, each divided by the summed target quality.

    weights [B,C,S/8,S/8]: how much a background error of a class counts there (0 in ignore regions and for
    classes that nobody labelled in the picture).
    """
    points, strides = _places(size, size, weights.device)
    logits, boxes = decode(outputs, points, strides)
    background = torch.cat(
        [weights[:, :, ::step, ::step].flatten(2) for step in (1, 2, 4)], 2).transpose(1, 2).float()
    probability = logits.detach().sigmoid()
    target = torch.zeros_like(logits)
    box_loss, total = logits.new_zeros(()), logits.new_zeros(())
    if len(objects):
        picture, place, owner, quality = assign(probability, boxes.detach(), points, strides, objects)
        target[picture, place, objects[owner, 1].long()] = quality
        overlap = iou_aligned(boxes[picture, place], objects[owner, 2:6], generalised=True)
        box_loss = ((1 - overlap) * quality * objects[owner, 6]).sum()
        total = quality.sum()
    weight = torch.where(target > 0, target, 0.75 * probability.square() * background)
    class_loss = (functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight).sum()
    total = total.clamp(min=8.0)
    return class_loss / total, box_loss / total
