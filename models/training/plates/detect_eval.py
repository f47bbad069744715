"""Measures the plate detector: recall and precision on held-out real scenes, corner error on rendered plates."""
import cv2
import numpy as np
import torch

import detect_data
from detect_net import decode
from generator import scene


def pad(picture, limit=640):
    """The picture shrunk to at most `limit` px on the long side (never enlarged), grey on the right and below up to multiples of 32; and the scale."""
    h, w = picture.shape[:2]
    s = min(1.0, limit / max(h, w))
    if s < 1:
        picture = cv2.resize(picture, (round(w * s), round(h * s)), interpolation=cv2.INTER_AREA)
        h, w = picture.shape[:2]
    return cv2.copyMakeBorder(picture, 0, -h % 32, 0, -w % 32, cv2.BORDER_CONSTANT, value=(114,) * 3), s


def overlaps(a, b):
    lo, hi = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = (hi - lo).clip(0).prod(-1)
    return both / ((a[:, 2:] - a[:, :2]).prod(-1)[:, None] + (b[:, 2:] - b[:, :2]).prod(-1)[None] - both + 1e-9)


def suppress(boxes, scores, limit=.45):
    order, kept = np.argsort(-scores), []
    o = overlaps(boxes, boxes) > limit
    alive = np.ones(len(boxes), bool)
    for i in order:
        if alive[i]:
            kept.append(i)
            alive &= ~o[i]
    return kept


def detect(net, picture, least=.05):
    """scores [K], boxes [K,4], corners [K,4,2] in px of the given BGR picture (already padded), best first."""
    x = torch.from_numpy(np.ascontiguousarray(picture[..., ::-1])).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        logits, boxes, corners, _, _ = decode(net(x))
    s = logits[0].sigmoid().numpy()
    i = np.flatnonzero(s > least)
    i = i[np.argsort(-s[i])][:300]
    b, c = boxes[0].numpy()[i], corners[0].numpy()[i]
    k = suppress(b, s[i])
    return s[i][k], b[k], c[k]


def match(scores, boxes, truth):
    """For every detection, best first: 1 when it takes a plate at IoU 0.5 that no better one took, else 0."""
    hit, free = np.zeros(len(scores)), np.ones(len(truth), bool)
    if len(truth) and len(scores):
        o = overlaps(boxes, truth)
        for k in range(len(scores)):
            j = int(np.argmax(np.where(free, o[k], -1)))
            if free[j] and o[k, j] >= .5:
                hit[k], free[j] = 1, False
    return hit


def real(net, data, only=None, smallest=24, limit=320):
    """On pictures of at most `limit` px: Recall at the best threshold with precision >= 0.95 on families labelled whole, by family; plates under `smallest` px are neither."""
    items, _ = detect_data.scenes(data, want_held=True)
    if only is not None:
        items += [i for i in detect_data.scenes(data, want_held=False)[0] if i[1] in only]
    rows, count = [], {}
    for _, family, picture, truth in items:
        image, s = pad(picture, limit)
        truth = truth * s
        big = truth[:, 2] - truth[:, 0] >= smallest
        score, box, _ = detect(net, image)
        hit = match(score, box, truth[big])
        for v, b, h in zip(score, box, hit):
            if not h and (~big).any() and overlaps(b[None], truth[~big]).max() > .1:
                continue
            rows.append((float(v), int(h), family))
        count[family] = count.get(family, 0) + int(big.sum())
    whole = [r for r in rows if r[2] not in detect_data.INCOMPLETE]
    whole.sort(reverse=True)
    hits = np.cumsum([r[1] for r in whole])
    precision = hits / np.arange(1, len(whole) + 1)
    total = sum(v for f, v in count.items() if f not in detect_data.INCOMPLETE)
    good = np.flatnonzero(precision >= .95)
    k = int(good[-1]) if len(good) else 0
    threshold = whole[k][0] if whole else .5
    curve = [(round(whole[i][0], 3), round(float(precision[i]), 4), round(float(hits[i] / total), 4)) for i in range(0, min(len(whole), total * 2), max(1, total // 20))]

    def at(t):
        return {"threshold": round(t, 3), "precision": round(float(np.mean([r[1] for r in whole if r[0] >= t] or [0])), 4),
                "recall": round(sum(r[1] for r in whole if r[0] >= t) / max(total, 1), 4),
                "recallByFamily": {f: {"recall": round(sum(r[1] for r in rows if r[2] == f and r[0] >= t) / n, 4), "n": n} for f, n in sorted(count.items()) if n}}
    return {"atPrecision95": at(threshold), "at0.3": at(.3), "at0.5": at(.5), "plates": total, "curve": curve}


def rendered(net, pool, photos, count=300, seed=99):
    """Corner error as a share of the plate's width, and recall, on rendered plates 24-200 px wide."""
    rng = np.random.default_rng(seed)
    errors, found = [], 0
    small = []
    for _ in range(count):
        picture, _ = photos[int(rng.integers(len(photos)))]
        image = cv2.resize(picture, (320, 320))
        flat = pool[int(rng.integers(len(pool)))]
        c = scene.random_pose(rng, flat.shape[1], flat.shape[0], float(np.exp(rng.uniform(np.log(28), np.log(200)))), 1.0)
        box = np.r_[c.min(0), c.max(0)]
        if box[2] - box[0] > 300 or box[3] - box[1] > 300:
            continue
        at = np.array([rng.uniform(-box[0] + 4, 316 - box[2]), rng.uniform(-box[1] + 4, 316 - box[3])])
        c, box = c + at, box + np.tile(at, 2)
        scene.paste(image, flat, c)
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], 1)
        score, boxes, corners = detect(net, image, .3)
        if len(score):
            o = overlaps(box[None], boxes)[0]
            k = int(np.argmax(o))
            if o[k] >= .5:
                found += 1
                width = box[2] - box[0]
                e = float(np.linalg.norm(corners[k] - c, axis=1).mean() / width)
                errors.append(e)
                if width < 48:
                    small.append(e)
    return {"n": count, "recall": round(found / count, 4), "cornerErrorMean": round(float(np.mean(errors or [1])), 4),
            "cornerErrorMedian": round(float(np.median(errors or [1])), 4), "cornerError95": round(float(np.percentile(errors or [1], 95)), 4),
            "cornerErrorUnder48px": round(float(np.mean(small or [1])), 4)}
