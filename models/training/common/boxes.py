"""Geometry of boxes given as x1, y1, x2, y2 in pixels."""
import numpy as np
import torch


def iou_aligned(first, second, generalised=False):
    """IoU (or GIoU, Rezatofighi et al. 2019) of two tensors that broadcast against each other."""
    low = torch.maximum(first[..., :2], second[..., :2])
    high = torch.minimum(first[..., 2:], second[..., 2:])
    size = (high - low).clamp(min=0)
    both = size[..., 0] * size[..., 1]
    area_1 = (first[..., 2] - first[..., 0]) * (first[..., 3] - first[..., 1])
    area_2 = (second[..., 2] - second[..., 0]) * (second[..., 3] - second[..., 1])
    union = area_1 + area_2 - both + 1e-7
    iou = both / union
    if not generalised:
        return iou
    hull = torch.maximum(first[..., 2:], second[..., 2:]) - torch.minimum(first[..., :2], second[..., :2])
    hull_area = hull[..., 0] * hull[..., 1] + 1e-7
    return iou - (hull_area - union) / hull_area


def iou_matrix(first, second):
    """IoU of every row of `first` [N,4] with every row of `second` [M,4]; numpy."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:4], second[None, :, 2:4])
    size = (high - low).clip(0)
    both = size[..., 0] * size[..., 1]
    area_1 = (first[:, 2] - first[:, 0]) * (first[:, 3] - first[:, 1])
    area_2 = (second[:, 2] - second[:, 0]) * (second[:, 3] - second[:, 1])
    return both / (area_1[:, None] + area_2[None] - both + 1e-9)


def suppress(boxes, scores, threshold):
    """Greedy non-maximum suppression; returns the kept indices, best score first. numpy."""
    order = np.argsort(-scores, kind="stable")
    boxes = boxes[order]
    overlap = iou_matrix(boxes, boxes) > threshold
    alive = np.ones(len(order), bool)
    for i in range(len(order)):
        if alive[i]:
            alive[i + 1:] &= ~overlap[i, i + 1:]
    return order[alive]
