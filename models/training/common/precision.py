"""Average precision as COCO counts it: greedy matching by score, ignore regions neither right nor wrong."""
import numpy as np

from common.boxes import iou_matrix

THRESHOLDS = np.arange(0.5, 0.96, 0.05)


def match(boxes, scores, truth, ignored, threshold):
    """Per detection, best score first: 1 right, 0 wrong, -1 does not count; `ignored` marks truth boxes."""
    order = np.argsort(-scores, kind="stable")
    result = np.zeros(len(order), np.int8)
    if len(truth) == 0 or len(order) == 0:
        return order, result
    overlap = iou_matrix(boxes[order], truth)
    inside = overlap[:, ignored]
    if ignored.any():       # a detection inside an ignore region is excused even where the region is much larger
        low = np.maximum(boxes[order][:, None, :2], truth[None, ignored, :2])
        high = np.minimum(boxes[order][:, None, 2:4], truth[None, ignored, 2:4])
        both = (high - low).clip(0).prod(-1)
        area = (boxes[order][:, 2:4] - boxes[order][:, :2]).prod(-1)
        inside = both / (area[:, None] + 1e-9)
    overlap[:, ignored] = -1
    for i in range(len(order)):
        best = int(overlap[i].argmax())
        if overlap[i, best] >= threshold:
            overlap[:, best] = -1
            result[i] = 1
        elif ignored.any() and inside[i].max() >= 0.5:
            result[i] = -1
    return order, result


def curve(scores, right, total):
    """-> recall and interpolated precision at every detection, best score first."""
    order = np.argsort(-scores, kind="stable")
    hits = right[order].cumsum()
    precision = hits / np.arange(1, len(hits) + 1)
    return hits / max(total, 1), np.maximum.accumulate(precision[::-1])[::-1]


def average_precision(scores, right, total):
    """Area under the interpolated curve; NaN where there is nothing to find."""
    if total == 0:
        return float("nan")
    if len(scores) == 0:
        return 0.0
    recall, precision = curve(scores, right, total)
    return float(np.sum(np.diff(np.concatenate([[0.0], recall])) * precision))
