"""Training samples: mosaics and single pictures with jitter of scale, aspect, place, colour, light and blur."""
import cv2
import numpy as np
import torch

from street.dataset import CLASSES, sampling_weights

CELL = 8                    # weights are kept per finest stride
MAX_OBJECTS = 120
GREY = 114


class Samples(torch.utils.data.IterableDataset):
    """Endless batches of (uint8 pictures [B,S,S,3] BGR, objects [N,7], background weights [B,C,S/8,S/8])."""

    def __init__(self, store, pictures, size, batch, mosaic, seed):
        self.store, self.pictures, self.size, self.batch = store, pictures, size, batch
        self.mosaic, self.seed = mosaic, seed
        self.chances = np.cumsum(sampling_weights(pictures))

    def __iter__(self):
        cv2.setNumThreads(0)
        self.random = np.random.default_rng(self.seed)
        while True:
            canvases, objects, weights = [], [], []
            for i in range(self.batch):
                canvas, found, weight = self.sample()
                canvases.append(canvas)
                weights.append(weight)
                objects.append(np.concatenate([np.full((len(found), 1), i, np.float32), found], 1))
            yield (torch.from_numpy(np.stack(canvases)), torch.from_numpy(np.concatenate(objects)),
                   torch.from_numpy(np.stack(weights)))

    def draw(self):
        place = np.searchsorted(self.chances, self.random.random())
        return self.pictures[min(place, len(self.pictures) - 1)]

    def sample(self):
        size, random = self.size, self.random
        canvas = np.full((size, size, 3), GREY, np.uint8)
        weights = np.ones((len(CLASSES), size // CELL, size // CELL), np.float32)
        if random.random() < self.mosaic:
            x, y = (random.uniform(0.3, 0.7, 2) * size / CELL).astype(int) * CELL
            regions = ((0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size))
            found = [self.place(canvas, weights, region, 0.45, 1.15) for region in regions]
        else:
            found = [self.place(canvas, weights, (0, 0, size, size), 0.6, 1.9)]
        return self.recolour(canvas), np.concatenate(found)[:MAX_OBJECTS], weights

    def place(self, canvas, weights, region, smallest, largest):
        """Warps a random picture into a region of the canvas; -> objects [N,6] class, box, box weight."""
        random, picture = self.random, self.draw()
        left, top, right, bottom = region
        room_x, room_y = right - left, bottom - top
        scale = self.size / max(picture.height, picture.width) * np.exp(random.uniform(np.log(smallest), np.log(largest)))
        aspect = np.exp(random.uniform(-0.28, 0.28))
        scale_x, scale_y = scale * aspect ** 0.5, scale / aspect ** 0.5
        width, height = picture.width * scale_x, picture.height * scale_y
        shift_x = left + random.uniform(min(0, room_x - width), max(0, room_x - width))
        shift_y = top + random.uniform(min(0, room_y - height), max(0, room_y - height))
        flip = random.random() < 0.5
        pixels = self.store.image(picture)
        matrix = np.array([[-scale_x if flip else scale_x, 0, shift_x - left + (width if flip else 0)],
                           [0, scale_y, shift_y - top]], np.float32)
        if scale < 0.6:         # average first, or small things alias away
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            matrix[:, :2] /= scale
        canvas[top:bottom, left:right] = cv2.warpAffine(
            pixels, matrix, (int(room_x), int(room_y)), flags=cv2.INTER_LINEAR, borderValue=(GREY,) * 3)
        cells = (slice(None), slice(top // CELL, bottom // CELL), slice(left // CELL, right // CELL))
        weights[cells] = picture.trust[:, None, None]

        def moved(boxes):
            x = boxes[:, [0, 2]] * scale_x
            x = (width - x[:, ::-1] if flip else x) + shift_x
            y = boxes[:, [1, 3]] * scale_y + shift_y
            whole = (x[:, 1] - x[:, 0]) * (y[:, 1] - y[:, 0])
            x, y = x.clip(left, right), y.clip(top, bottom)
            seen = (x[:, 1] - x[:, 0]) * (y[:, 1] - y[:, 0])
            return np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], 1), seen, seen / np.maximum(whole, 1e-6)

        for kind, box in zip(picture.ignore[:, 0].astype(int), moved(picture.ignore[:, 1:])[0]):
            self.mask(weights, kind, box)
        boxes, seen, visible = moved(picture.boxes)
        tiny = (boxes[:, 2:] - boxes[:, :2]).min(1, initial=np.inf) < 4 if len(boxes) else np.zeros(0, bool)
        dropped = (visible < 0.3) | tiny
        for kind, box in zip(picture.kinds[dropped & (seen > 1)], boxes[dropped & (seen > 1)]):
            self.mask(weights, kind, box)
        kept = ~dropped
        return np.concatenate([picture.kinds[kept, None].astype(np.float32), boxes[kept],
                               picture.box_weights[kept, None]], 1).astype(np.float32)

    @staticmethod
    def mask(weights, kind, box):
        weights[kind, int(box[1] // CELL):int(-(-box[3] // CELL)), int(box[0] // CELL):int(-(-box[2] // CELL))] = 0

    def recolour(self, canvas):
        random = self.random
        if random.random() < 0.8:       # light, contrast, colour cast and saturation in one pass
            gain = np.exp(random.uniform(-0.45, 0.35)) * np.exp(random.uniform(-0.06, 0.06, 3))
            lift = random.uniform(-14, 14)
            ramp = np.arange(256, dtype=np.float32)[:, None]
            gamma = np.exp(random.uniform(-0.25, 0.35))
            table = (255 * (ramp / 255) ** gamma * gain + lift).clip(0, 255).astype(np.uint8)
            canvas = cv2.LUT(canvas, table[None])
        if random.random() < 0.3:
            grey = cv2.cvtColor(cv2.cvtColor(canvas, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
            share = 0.0 if random.random() < 0.25 else random.uniform(0.3, 1.3)     # 0 = infrared at night
            canvas = cv2.addWeighted(canvas, share, grey, 1 - share, 0)
        chance = random.random()
        if chance < 0.08:
            canvas = cv2.GaussianBlur(canvas, (3, 3), 0)
        elif chance < 0.13:
            length = int(random.integers(3, 6))
            canvas = cv2.blur(canvas, (length, 1) if random.random() < 0.7 else (1, length))
        elif chance < 0.20:
            noise = np.empty(canvas.shape, np.int16)
            cv2.randn(noise, 0, random.uniform(3, 12))
            canvas = cv2.add(canvas, noise, dtype=cv2.CV_8U)
        elif chance < 0.26:
            canvas = cv2.imdecode(cv2.imencode(".jpg", canvas, (cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 65))))[1], 1)
        return canvas
