"""Measures the reader on real crops."""
import numpy as np
import torch

from generator.grammar import ALPHABET, COLOURS
from read_data import plain
from read_pool import HEIGHT, WIDTH, encode
import plate_data


def decode(indices):
    return "".join(ALPHABET[k - 1] for k in indices if k > 0)


def predict(net, images, batch=64):
    """Logits of a list of [64,128,3] RGB pictures: chars [N,10,34], colour [N,5], lines [N,2] as numpy."""
    net.eval()
    out = []
    with torch.no_grad():
        for i in range(0, len(images), batch):
            x = torch.from_numpy(np.stack(images[i:i + batch])).permute(0, 3, 1, 2).float() / 255
            out.append([o.float().numpy() for o in net(x)])
    return [np.concatenate([o[k] for o in out]) for k in range(3)]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def calibration(confidence, right, bins=15):
    """Expected calibration error and the points (mean confidence, share right, count) of its equal-width bins."""
    edges = np.linspace(0, 1, bins + 1)
    index = np.clip(np.digitize(confidence, edges[1:-1]), 0, bins - 1)
    error, points = 0.0, []
    for b in range(bins):
        m = index == b
        if m.any():
            error += m.mean() * abs(confidence[m].mean() - right[m].mean())
            points.append((float(confidence[m].mean()), float(right[m].mean()), int(m.sum())))
    return float(error), points


def temperature(chars, truth):
    """The temperature that gives the least negative log likelihood of the true characters."""
    best = min(np.linspace(.5, 3, 51), key=lambda t: -np.log(np.take_along_axis(softmax(chars / t), truth[..., None], -1) + 1e-9).mean())
    return float(best)


def plate_confidence(chars, t):
    """The product over the places of the best probability."""
    return softmax(chars / t).max(-1).prod(-1)


def bootstrap(right, seed=0, rounds=1000):
    """95 % interval of a share, by drawing plates with replacement."""
    rng = np.random.default_rng(seed)
    right = np.asarray(right, np.float32)
    means = right[rng.integers(0, len(right), (rounds, len(right)))].mean(1)
    return [round(float(np.percentile(means, p)), 4) for p in (2.5, 97.5)]


def evaluate(net, data, leave_out=(), crops=None):
    """Figures on the held-out texts of trained families, and on whole families left out."""
    s = crops or plate_data.crop_set(data, WIDTH, HEIGHT)
    pick = [i for i in range(len(s["text"])) if s["held"][i] or s["family"][i] in leave_out]
    chars, colour, lines = predict(net, [plain(s["images"][i]) for i in pick])
    got = [decode(c.argmax(-1)) for c in chars]
    want = [s["text"][i] for i in pick]
    right = np.array([g == w for g, w in zip(got, want)])
    fam = np.array([s["family"][i] for i in pick])
    out_of = np.isin(fam, list(leave_out))
    truth = np.stack([encode(w) for w in want])
    inside = ~out_of
    halves = np.arange(len(pick)) % 2
    conf = np.empty(len(pick))
    temps = []
    for h in (0, 1):                                    # fitted on one half, judged on the other
        t = temperature(chars[inside & (halves != h)], truth[inside & (halves != h)])
        temps.append(t)
        conf[halves == h] = plate_confidence(chars[halves == h], t)
    t_all = temperature(chars[inside], truth[inside])
    ece, points = calibration(conf[inside], right[inside])
    colours = [s["colour"][i] for i in pick]
    known = np.array([c is not None for c in colours])
    colour_right = np.array([COLOURS[k] for k in colour.argmax(-1)]) == np.array([c or "" for c in colours])
    line_right = lines.argmax(-1) + 1 == np.array([s["lines"][i] for i in pick])

    def share(mask):
        return None if not mask.any() else {"exact": round(float(right[mask].mean()), 4), "n": int(mask.sum())}
    confusion = {}
    for g, w in zip(chars.argmax(-1), truth):
        for a, b in zip(g, w):
            if a != b:
                key = f"{ALPHABET[b - 1] if b else '_'}>{ALPHABET[a - 1] if a else '_'}"
                confusion[key] = confusion.get(key, 0) + 1
    lines_true = np.array([s["lines"][i] for i in pick])
    return {
        "exact": share(inside), "exact95": bootstrap(right[inside]),
        "leftOut": {**{f: share(fam == f) for f in leave_out}, "all": share(out_of)} if out_of.any() else None,
        "byFamily": {f: share(inside & (fam == f)) for f in sorted(set(fam[inside]))},
        "macroByFamily": round(float(np.mean([right[inside & (fam == f)].mean() for f in set(fam[inside])])), 4),
        "byColour": {c: share(inside & (np.array([k or "?" for k in colours]) == c)) for c in sorted({k or "?" for k, i in zip(colours, inside) if i})},
        "byLines": {str(n): share(inside & (lines_true == n)) for n in (1, 2)},
        "characters": round(float((chars.argmax(-1) == truth)[inside].mean()), 5),
        "colourRight": round(float(colour_right[known & inside].mean()), 4), "linesRight": round(float(line_right[inside].mean()), 4),
        "temperature": t_all, "ece": round(ece, 4), "calibration": points,
        "confusion": dict(sorted(confusion.items(), key=lambda kv: -kv[1])[:25]),
        "wrong": [[s["name"][pick[k]], want[k], got[k]] for k in np.flatnonzero(~right)],
    }
