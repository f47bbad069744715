"""Training pictures for the plate detector: real scenes with boxes, and street photos with synthetic plates of known corners.

A target row is x1, y1, x2, y2, eight corner numbers, and 1 where the corners are known, 0 where
the box is tight around unknown corners, -1 where it is not.
The background map [S/8,S/8] says how much a false alarm at a place counts (0 where plates may stand unlabelled)."""
import glob
import json
import os

import cv2
import numpy as np

import detect_pool
import plate_data
from generator import scene, weather

INCOMPLETE = ("pmania", "quandoi", "phob", "phoc")   # families that do not label every plate
LOOSE = ("xemay",)                                     # boxes there stand well off the plate: good for finding, not for corners
SIZE = 256


def scene_held_out(row):
    """A scene is kept from training when any of its texts is, or, without texts, by its name."""
    texts = [p["text"] for p in row["plates"] if p.get("text")]
    return any(plate_data.held_out(t) for t in texts) if texts else plate_data.held_out(row["image"])


def scenes(data, want_held, pictures=None):
    """Real scenes: list of (name, family, picture BGR, boxes [N,4] x1 y1 x2 y2); and the names skipped."""
    pictures = pictures or plate_data.Pictures(os.path.join(data, "plates", "scenes"))
    out = []
    for row in plate_data.rows(data, "scenes"):
        if scene_held_out(row) != want_held:
            continue
        image = pictures.open(row["image"])
        fault = None if image is None else plate_data.scene_fault(row, image)
        if fault:
            pictures.skip(row["image"], fault)
        if image is None or fault:
            continue
        box = np.array([p["box"] for p in row["plates"]], np.float32).reshape(-1, 4)
        box[:, 2:] += box[:, :2]
        out.append((row["image"], plate_data.family(row["image"]), image, box))
    return out, pictures.skipped


def photos(data, limit, seed):
    """Street photos without `idd_`: list of (picture BGR, vehicle boxes [N,4])."""
    path = os.path.join(data, "detection", "train.json")
    if not os.path.isfile(path):
        raise plate_data.MissingData(f"no street pictures: {path} is not there. Say with --data DIR where the folder is that holds plates/ and detection/.")
    with open(path, encoding="utf-8") as f:
        coco = json.load(f)
    boxes = {}
    for a in coco["annotations"]:
        if a["category_id"] in (3, 4, 5, 6):
            x, y, w, h = a["bbox"]
            boxes.setdefault(a["image_id"], []).append([x, y, x + w, y + h])
    images = [i for i in coco["images"] if not i["file_name"].startswith("idd_")]
    np.random.default_rng(seed).shuffle(images)
    out = []
    for i in images:
        if len(out) >= limit:
            break
        p = cv2.imread(os.path.join(data, "detection", "train", os.path.basename(i["file_name"])))
        if p is not None:
            out.append((p, np.array(boxes.get(i["id"], []), np.float32).reshape(-1, 4)))
    return out


class Samples:
    """Endless training samples; `leave_out` families never train."""

    def __init__(self, data, pool_folder, seed=0, leave_out=(), photo_limit=1300):
        self.rng = np.random.default_rng(seed)
        real, self.skipped = scenes(data, want_held=False)
        self.real = [r for r in real if r[1] not in leave_out]
        families = np.array([r[1] for r in self.real])
        weight = np.array([1 / np.sqrt((families == f).sum()) for f in families])
        self.cum = np.cumsum(weight / weight.sum())
        self.photos = photos(data, photo_limit, seed)
        self.empty = [p for p, v in self.photos if not len(v)]
        self.flat = [p for f in sorted(glob.glob(os.path.join(pool_folder, "flat_*.npz"))) for p in detect_pool.load(f)]

    def _window(self, picture, scale, cx, cy):
        """A SIZE x SIZE window around (cx, cy) of the scaled picture; returns it and the map from picture to window."""
        m = np.float32([[scale, 0, SIZE / 2 - cx * scale], [0, scale, SIZE / 2 - cy * scale]])
        ground = np.full((SIZE, SIZE, 3), 114, np.uint8)
        if self.empty and self.rng.random() < .6:         # around a small picture: another one without vehicles, or grey
            other = self.empty[int(self.rng.integers(len(self.empty)))]
            ground = cv2.resize(other, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        part = m
        if scale < .5:                                    # shrink properly before warping
            picture = cv2.resize(picture, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
            part = np.float32([[.5, 0, m[0, 2]], [0, .5, m[1, 2]]])
        return cv2.warpAffine(picture, part, (SIZE, SIZE), dst=ground, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT), m

    def _real(self):
        name, family, picture, boxes = self.real[min(int(np.searchsorted(self.cum, self.rng.random())), len(self.real) - 1)]
        b = boxes[int(self.rng.integers(len(boxes)))]
        width = max(b[2] - b[0], 1)
        target = np.exp(self.rng.uniform(np.log(22), np.log(235)))
        scale = float(np.clip(target / width, .12, 2.2))
        elsewhere = family not in INCOMPLETE and self.rng.random() < .22    # anywhere in the picture, at a size at which small things are seen
        if elsewhere:
            scale = float(np.exp(self.rng.uniform(np.log(.6), np.log(2.0))))
        aspect = np.exp(self.rng.normal(0, .08))
        span = SIZE / scale * .5
        reach = max(0.0, span - max(b[2] - b[0], b[3] - b[1]) * .6)
        cx, cy = (b[0] + b[2]) / 2 + self.rng.uniform(-reach, reach), (b[1] + b[3]) / 2 + self.rng.uniform(-reach, reach)
        h, w = picture.shape[:2]
        if elsewhere:
            cx, cy = self.rng.uniform(0, 1, 2) * (w, h)
        if w > 2 * span:
            cx = np.clip(cx, span * .9, w - span * .9)
        if h > 2 * span:
            cy = np.clip(cy, span * .9, h - span * .9)
        image, m = self._window(picture, scale, cx, cy)
        p = boxes.reshape(-1, 2) * scale + m[:, 2]
        rows = p.reshape(-1, 4)
        ground = np.ones((SIZE // 8, SIZE // 8), np.float32)
        if family in INCOMPLETE:
            ground[:] = 0
            for r in rows:
                w2, h2 = (r[2] - r[0]) * 1.0, (r[3] - r[1]) * 1.0
                x0, y0, x1, y1 = [int(np.clip(v / 8, 0, SIZE // 8)) for v in (r[0] - w2, r[1] - h2, r[2] + w2, r[3] + h2)]
                ground[y0:y1 + 1, x0:x1 + 1] = 1
        if abs(aspect - 1) > .02:                         # a little wider or narrower
            image = cv2.warpAffine(image, np.float32([[aspect, 0, SIZE / 2 * (1 - aspect)], [0, 1, 0]]), (SIZE, SIZE), borderValue=(114,) * 3)
            rows[:, 0::2] = rows[:, 0::2] * aspect + SIZE / 2 * (1 - aspect)
        turned = self.rng.random() < .2
        if turned:
            ang = self.rng.normal(0, 3)                   # a turn: boxes of small turns stay close to true
            r = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), ang, 1)
            image = cv2.warpAffine(image, r, (SIZE, SIZE), borderValue=(114,) * 3)
            c = (rows[:, :2] + rows[:, 2:]) / 2 @ r[:, :2].T + r[:, 2]
            half = (rows[:, 2:] - rows[:, :2]) / 2
            a = abs(np.radians(ang))
            half = half + half[:, ::-1] * a * .4
            rows = np.concatenate([c - half, c + half], 1)
        targets = np.zeros((len(rows), 13), np.float32)
        targets[:, :4] = rows
        targets[:, 12] = -1 if turned or family in LOOSE else 0
        return image, self._keep(targets, ground), ground

    def _synthetic(self):
        picture, vehicles = self.photos[int(self.rng.integers(len(self.photos)))]
        h, w = picture.shape[:2]
        scale = float(np.exp(self.rng.uniform(np.log(.7), np.log(2.4))))
        cx, cy = self.rng.uniform(.2, .8) * w, self.rng.uniform(.2, .8) * h
        if len(vehicles) and self.rng.random() < .75:
            v = vehicles[int(self.rng.integers(len(vehicles)))]
            cx, cy = v[0] + (v[2] - v[0]) * self.rng.uniform(.2, .8), v[1] + (v[3] - v[1]) * self.rng.uniform(.4, .9)
        image, m = self._window(picture, scale, cx, cy)
        ground = np.ones((SIZE // 8, SIZE // 8), np.float32)
        for v in vehicles * scale + np.tile(m[:, 2], 2):    # the photo's own plates are not labelled
            x0, y0, x1, y1 = [int(np.clip(t / 8, 0, SIZE // 8)) for t in v]
            ground[y0:y1 + 1, x0:x1 + 1] = .25
        targets = []
        for _ in range(int(self.rng.choice([0, 1, 2, 3, 4], p=[.1, .4, .25, .15, .1]))):
            flat = self.flat[int(self.rng.integers(len(self.flat)))]
            width = float(np.exp(self.rng.uniform(np.log(22), np.log(230))))
            corners = scene.random_pose(self.rng, flat.shape[1], flat.shape[0], width, hard=self.rng.choice([.4, 1., 1.4]))
            box = np.r_[corners.min(0), corners.max(0)]
            centre = self.rng.uniform(.05, .95, 2) * SIZE
            box, corners = box + np.tile(centre, 2), corners + centre
            if any(min(box[2], t[2]) > max(box[0], t[0]) and min(box[3], t[3]) > max(box[1], t[1]) for t in targets):
                continue
            roll = self.rng.random()
            if roll < .5:                                 # a bumper, holder or shadow around it
                grow = corners.mean(0) + (corners - corners.mean(0)) * (self.rng.uniform(1.04, 1.9), self.rng.uniform(1.04, 1.8))
                shade = np.repeat(self.rng.uniform(0, 255), 3) + self.rng.normal(0, 15, 3)
                cv2.fillConvexPoly(image, np.int32(np.round(grow * 8)), tuple(int(c) for c in shade.clip(0, 255)), cv2.LINE_AA, 3)
            if self.rng.random() < .3 and width > 40:
                flat = flat.copy()
                flat[..., :3] = cv2.convertScaleAbs(flat[..., :3], alpha=self.rng.uniform(.35, 1.1))
            scene.paste(image, flat, corners)
            targets.append(np.r_[box, corners.ravel(), 1])
        for _ in range(int(self.rng.choice([0, 1, 3], p=[.6, .25, .15]))):
            self._sign(image, targets)
        rows = np.array(targets, np.float32).reshape(-1, 13)
        return image, self._keep(rows, ground), ground

    def _sign(self, image, targets):
        """Lettering that is no plate: a shop sign, a phone number, a sticker."""
        x, y = self.rng.integers(0, SIZE, 2)
        w, h = int(self.rng.uniform(20, 150)), int(self.rng.uniform(8, 60))
        if any(min(x + w, t[2]) > max(x, t[0]) and min(y + h, t[3]) > max(y, t[1]) for t in targets):
            return
        if self.rng.random() < .6:
            cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), tuple(int(v) for v in self.rng.integers(0, 256, 3)), -1)
        letters = "".join(self.rng.choice(list("ABCDEGHIKLMNOPQRSTUVXY aeiouhnrt0123456789."), int(self.rng.integers(2, 14))))
        cv2.putText(image, letters, (int(x), int(y + h * .8)), int(self.rng.integers(0, 8)), h / 40 + .15,
                    tuple(int(v) for v in self.rng.integers(0, 256, 3)), int(self.rng.integers(1, 3)), cv2.LINE_AA)

    @staticmethod
    def _keep(rows, ground):
        """Drops plates mostly outside or too small to learn; marks their places as neither plate nor background."""
        kept = []
        for t in rows:
            inside = max(0, min(t[2], SIZE) - max(t[0], 0)) * max(0, min(t[3], SIZE) - max(t[1], 0))
            area = max((t[2] - t[0]) * (t[3] - t[1]), 1)
            if inside / area > .85 and t[2] - t[0] >= 18 and t[3] - t[1] >= 5:
                kept.append(t)
            elif inside > 0:
                x0, y0, x1, y1 = [int(np.clip(v / 8, 0, SIZE // 8 - 1)) for v in t[:4]]
                ground[y0:y1 + 1, x0:x1 + 1] = 0
        return np.array(kept, np.float32).reshape(-1, 13)

    def batch(self, count, real_share=.35):
        """images [B,S,S,3] uint8 RGB, targets [N,14] (picture first), background [B,S/8,S/8]."""
        images = np.empty((count, SIZE, SIZE, 3), np.uint8)
        ground, targets = np.empty((count, SIZE // 8, SIZE // 8), np.float32), []
        for b in range(count):
            image, rows, ground[b] = self._real() if b < count * real_share else self._synthetic()
            r = self.rng.random()
            if r < .15:
                image = cv2.GaussianBlur(image, (0, 0), self.rng.uniform(.3, 1.1))
            elif r < .25:
                image = weather.blur(image, self.rng, 1)
            if self.rng.random() < .7:
                ramp = (np.arange(256, dtype=np.float32) / 255) ** np.exp(self.rng.normal(0, .3))
                table = np.stack([ramp * self.rng.normal(1, .05) for _ in range(3)], -1) * np.clip(self.rng.normal(.95, .22), .3, 1.4)
                image = cv2.LUT(image, (np.clip(table, 0, 1) * 255).astype(np.uint8)[None])
            if self.rng.random() < .08:
                image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
            if self.rng.random() < .3:
                image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(self.rng.uniform(25, 85))])[1], 1)
            images[b] = image[..., ::-1]
            targets.append(np.concatenate([np.full((len(rows), 1), b, np.float32), rows], 1))
        return images, np.concatenate(targets), ground
