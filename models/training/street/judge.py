"""Runs a detector over stored pictures and counts with the masks that the data's README asks for."""
import cv2
import numpy as np
import torch

from common.boxes import suppress
from common.precision import THRESHOLDS, average_precision, match
from street.dataset import CLASSES

LOWEST_SCORE = 0.02
NMS_IOU = 0.5                # chosen on the held-out pictures: 0.6 leaves doubles of loose boxes
CANDIDATES = 400            # best places of a class that go into the suppression
MOST = 150


def letterbox(pixels, size):
    """Picture in the top left corner of a grey square; -> canvas, scale."""
    scale = size / max(pixels.shape[:2])
    shape = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    canvas = np.full((size, size, 3), 114, np.uint8)
    canvas[:shape[1], :shape[0]] = cv2.resize(
        pixels, shape, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return canvas, scale


def pick(boxes, scores):
    """boxes [A,4], scores [A,C] -> list per class of kept (boxes, scores), suppressed class by class."""
    found = []
    for kind in range(scores.shape[1]):
        column = scores[:, kind]
        wanted = np.flatnonzero(column > LOWEST_SCORE)
        if len(wanted) > CANDIDATES:
            wanted = wanted[np.argsort(-column[wanted])[:CANDIDATES]]
        kept = wanted[suppress(boxes[wanted], column[wanted], NMS_IOU)][:MOST] if len(wanted) else wanted
        found.append((boxes[kept], column[kept]))
    return found


@torch.no_grad()
def run(model, store, pictures, size, batch=16):
    """-> per picture, per class (boxes in cached pixels, scores)."""
    from street.net import decode, grid
    model.eval()
    device = next(model.parameters()).device
    points, strides = grid(size, size, device)
    results = []
    for start in range(0, len(pictures), batch):
        part = pictures[start:start + batch]
        canvases, scales = zip(*(letterbox(store.image(picture), size) for picture in part))
        x = torch.from_numpy(np.stack(canvases)[..., ::-1].copy()).to(device).permute(0, 3, 1, 2).float().div_(255)
        logits, boxes = decode(model(x.contiguous(memory_format=torch.channels_last)), points, strides)
        scores, boxes = logits.sigmoid().cpu().numpy(), boxes.cpu().numpy()
        for i, scale in enumerate(scales):
            results.append(pick(boxes[i] / scale, scores[i]))
    return results


def truth_of(picture, kind):
    """Boxes of a class and which of them are ignore regions; None where people did not look for the class."""
    if not picture.human[kind]:
        return None
    own = picture.kinds == kind
    regions = picture.ignore[picture.ignore[:, 0] == kind][:, 1:]
    boxes = np.concatenate([picture.boxes[own], regions])
    return boxes, np.arange(len(boxes)) >= own.sum()


def collect(results, pictures, kind, threshold, size_range=None):
    """Per picture (scores, right 0/1) without what does not count, and how many there were to find."""
    scores, right, totals = [], [], []
    for found, picture in zip(results, pictures):
        truth = truth_of(picture, kind)
        if truth is None:
            continue
        boxes, ignored = truth
        detected, score = found[kind]
        if size_range:
            area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
            ignored = ignored | (area < size_range[0]) | (area >= size_range[1])
        order, result = match(detected, score, boxes, ignored, threshold)
        if size_range:      # a wrong detection of another size belongs to another row
            area = (detected[order][:, 2:] - detected[order][:, :2]).prod(1)
            result = np.where((result == 0) & ((area < size_range[0]) | (area >= size_range[1])), -1, result)
        counted = result >= 0
        scores.append(score[order][counted])
        right.append(result[counted])
        totals.append(int((~ignored).sum()))
    return scores, right, totals


def ap(collected):
    scores, right, totals = collected
    if not totals:
        return float("nan")
    return average_precision(np.concatenate(scores), np.concatenate(right), sum(totals))


def ap50(results, pictures, size_range=None):
    return {name: ap(collect(results, pictures, kind, 0.5, size_range)) for kind, name in enumerate(CLASSES)}


def ap50_95(results, pictures):
    return {name: float(np.mean([ap(collect(results, pictures, kind, threshold)) for threshold in THRESHOLDS]))
            for kind, name in enumerate(CLASSES)}


def interval(collected, draws=400, seed=7):
    """95 % bootstrap interval of an AP over pictures."""
    scores, right, totals = collected
    random, values = np.random.default_rng(seed), []
    for _ in range(draws):
        chosen = random.integers(0, len(totals), len(totals))
        total = sum(totals[i] for i in chosen)
        if total:
            values.append(average_precision(
                np.concatenate([scores[i] for i in chosen]), np.concatenate([right[i] for i in chosen]), total))
    return tuple(np.percentile(values, (2.5, 97.5))) if values else (float("nan"), float("nan"))
