"""Renders the demo's traffic clip: models/clips/traffic.mp4 and its truth, traffic.json.

A street of our own making, seen by a camera on a pole: cars and scooters drive away on the right, cars come on the left.
Fonts, street and numbers are ones that training never sees. Motorbike plates are drawn 0.25 m wide (true: 0.19 m), so that they
can be read at this picture size. Needs a C compiler and ffmpeg."""
import argparse
import ctypes
import json
import os
import subprocess
import sys
import tempfile

import cv2
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from generator import plate  # noqa: E402
from generator.grammar import BIKE, LONG, SHORT, PlateText  # noqa: E402

WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 15, 20
EYE, PITCH, FOCAL, YAW = (-2.2, 0.0, 3.2), np.radians(13.8), 2400.0, np.radians(10.5)
SUN = (-0.45, -0.55, 1.0)
SEED = 20261123
SALOON, HATCH, VAN, BIKE_A, BIKE_B = range(5)

# kind, direction (1 = away), start s, x m, speed m/s, paint, plate rows, size, colour of the plate
TRAFFIC = [
    (BIKE_A, 1, 0.3, 0.90, 6.6, (.45, .03, .04), ("37-C1", "482.19"), BIKE, "white"),
    (SALOON, -1, 0.2, -1.25, 7.2, (.62, .64, .66), ("37A-604.82",), LONG, "white"),
    (HATCH, 1, 2.4, 1.05, 6.6, (.55, .03, .03), ("38A", "275.93"), SHORT, "white"),
    (VAN, -1, 4.4, -1.30, 6.8, (.72, .72, .70), ("37H-031.56",), LONG, "yellow"),
    (BIKE_B, 1, 4.9, 0.55, 6.9, (.03, .06, .22), ("36-B5", "718.04"), BIKE, "white"),
    (BIKE_A, 1, 6.6, 1.05, 6.5, (.05, .05, .055), ("29-MĐ2", "056.37"), BIKE, "white"),
    (SALOON, 1, 8.6, 1.00, 6.8, (.05, .055, .07), ("30K-927.46",), LONG, "white"),
    (HATCH, -1, 9.4, -1.20, 6.9, (.04, .10, .30), ("80B-145.08",), LONG, "blue"),
    (BIKE_B, 1, 11.6, 0.80, 6.6, (.60, .62, .62), ("37-AR", "360.72"), BIKE, "white"),
]
CLOTHES = [((.55, .55, .57), (.05, .06, .10), (.60, .05, .05)), ((.08, .20, .42), (.06, .06, .065), (.75, .75, .72)),
           ((.55, .30, .05), (.12, .12, .14), (.04, .05, .20)), ((.10, .30, .15), (.04, .04, .05), (.08, .08, .09))]
LINE_Y_PX = 430           # the stated counting line runs across the whole picture at this height


class Vehicle(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("plate_w", ctypes.c_int), ("plate_h", ctypes.c_int), ("brake", ctypes.c_int),
                ("x", ctypes.c_float), ("y", ctypes.c_float), ("turn", ctypes.c_float), ("lean", ctypes.c_float),
                ("colour", ctypes.c_float * 3), ("shirt", ctypes.c_float * 3), ("trousers", ctypes.c_float * 3), ("helmet", ctypes.c_float * 3),
                ("plate", ctypes.c_float * 3), ("plate_size", ctypes.c_float * 2), ("plate_tilt", ctypes.c_float), ("plate_face", ctypes.c_float),
                ("plate_pixels", ctypes.c_void_p)]


def library():
    """Compiles and loads the drawing code."""
    out = os.path.join(tempfile.mkdtemp(), "scene.so")
    subprocess.run(["cc", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", os.path.join(HERE, "clip", "scene.c"), "-o", out, "-lm"], check=True)
    lib = ctypes.CDLL(out)
    lib.surface.restype = ctypes.c_float
    lib.surface.argtypes = [ctypes.c_int, ctypes.c_float, ctypes.c_float, ctypes.c_float]
    return lib


def ground_texture(rng, per_metre=48):
    """The street from above: 34 m across (x from -10), 44 m deep (y from 2), row 0 nearest. BGR uint8."""
    w, h = 34 * per_metre, 44 * per_metre
    m = lambda x: int((x + 10) * per_metre)                                                # noqa: E731
    base = np.full((h, w, 3), (96, 94, 92), np.float32)
    for cells, amount in ((6, 9), (40, 6), (300, 7)):
        noise = cv2.resize(rng.normal(0, amount, (cells * 2, cells)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
        base += noise[..., None]
    base += rng.normal(0, 6, (h, w, 1))
    for x in (1.15, -1.45):                                                               # worn wheel tracks
        for dx in (-.75, .75):
            cv2.line(base, (m(x + dx), 0), (m(x + dx), h), (84, 83, 82), int(.28 * per_metre))
    base = cv2.GaussianBlur(base, (0, 0), 2.0) + rng.normal(0, 5, (h, w, 1))
    for y in range(0, 44, 6):                                                             # centre dashes
        cv2.rectangle(base, (m(-.22), y * per_metre), (m(-.08), (y + 3) * per_metre), (205, 208, 208), -1)
    for x in (-3.05, 3.0):
        cv2.rectangle(base, (m(x), 0), (m(x + .12), h), (200, 204, 205), -1)
    for side in (-1, 1):                                                                  # kerb, tiles, grass
        a, b = sorted((m(side * 3.35), m(-10 if side < 0 else 24)))
        base[:, a:b] = (128, 146, 160)
        for k in range(0, h, int(.4 * per_metre)):
            base[k:k + 2, a:b] = (104, 118, 130)
        for k in range(a, b, int(.4 * per_metre)):
            base[:, k:k + 2] = (104, 118, 130)
        kerb = sorted((m(side * 3.35), m(side * 3.62)))
        base[:, kerb[0]:kerb[1]] = (165, 168, 168)
        for k in range(0, h, int(1.0 * per_metre)):
            base[k:k + 3, kerb[0]:kerb[1]] = (110, 112, 112)
        grass = sorted((m(side * 5.4), m(-10 if side < 0 else 24)))
        base[:, grass[0]:grass[1]] = (48, 96, 72)
        base[:, grass[0]:grass[1]] += rng.normal(0, 16, (h, grass[1] - grass[0], 1))
    for _ in range(12):                                                                   # patches and cracks
        x, y = rng.uniform(-2.6, 2.6), rng.uniform(2, 40)
        p = np.cumsum(rng.normal(0, .16, (30, 2)) + (0, .12), 0) + (x, y)
        p[:, 0] = np.clip(p[:, 0], -2.9, 2.9)
        cv2.polylines(base, [np.int32(np.stack([(p[:, 0] + 10) * per_metre, p[:, 1] * per_metre], 1))], False, (66, 65, 64), 2, cv2.LINE_AA)
    cv2.circle(base, (m(2.3), int(12.4 * per_metre)), int(.36 * per_metre), (70, 70, 72), -1, cv2.LINE_AA)
    cv2.circle(base, (m(2.3), int(12.4 * per_metre)), int(.36 * per_metre), (52, 52, 54), 4, cv2.LINE_AA)
    return np.clip(base, 0, 255).astype(np.uint8)


def project(p):
    """World metres to px of the picture."""
    x, y, z = p[0] - EYE[0], p[1] - EYE[1], p[2] - EYE[2]
    x, y = x * np.cos(YAW) - y * np.sin(YAW), x * np.sin(YAW) + y * np.cos(YAW)
    c, s = np.cos(PITCH), np.sin(PITCH)
    forward, up = y * c - z * s, y * s + z * c
    return WIDTH / 2 + FOCAL * x / forward, HEIGHT / 2 - FOCAL * up / forward


def fleet(lib, rng):
    """The vehicles with their plates; the arrays that hold the plates' pixels are returned too (they must live on)."""
    out, keep = [], []
    for i, (kind, turn, start, x, speed, paint, rows, size, colour) in enumerate(TRAFFIC):
        lib.prepare(kind)
        text = PlateText(rows, size, colour)
        picture = np.ascontiguousarray(cv2.resize(plate.draw(text, rng, reserved=True, clean=True)[..., :3], None, fx=.8, fy=.8, interpolation=cv2.INTER_AREA))
        keep.append(picture)
        v = Vehicle(kind=kind, plate_w=picture.shape[1], plate_h=picture.shape[0], brake=int(i % 3 == 2), x=x, turn=turn, lean=0.0)
        v.colour[:] = paint
        shirt, trousers, helmet = CLOTHES[i % len(CLOTHES)]
        v.shirt[:], v.trousers[:], v.helmet[:] = shirt, trousers, helmet
        face = -1.0 if turn > 0 else 1.0
        if kind >= BIKE_A:
            v.plate[:], v.plate_size[:], v.plate_tilt = (0, -.86, .52), (.25, .184), .22
        else:
            z = {SALOON: .58, HATCH: .56, VAN: .60}[kind] if face < 0 else .47
            if rows[0].startswith("30K"):
                z = .80
            y = max(abs(lib.surface(kind, dx, z + dz, face)) for dx in (0, .24) for dz in np.linspace(-.09, .09, 13)) + .012
            v.plate[:], v.plate_size[:], v.plate_tilt = (0, face * y, z), tuple(s / 1000 for s in size), .03
        v.plate_face, v.plate_pixels = face, picture.ctypes.data
        out.append(v)
    return out, keep


def place(v, row, t):
    """Moves a vehicle to its place at time t (s); False where it is out of sight."""
    _, turn, start, x, speed = row[:5]
    if not start <= t:
        return False
    half = 1.2 if row[0] >= BIKE_A else 2.4
    travelled = (t - start) * speed
    v.y = (4.6 - half + travelled) if turn > 0 else (44.0 + half - travelled)
    v.x = x + .05 * np.sin(t * 1.1 + start)
    v.lean = .03 * np.sin(t * 1.3 + start) if row[0] >= BIKE_A else 0.0
    return (v.y - half < 44.0) if turn > 0 else (v.y + half > 4.6)


def contact(v, row):
    """px of the point on the ground below the middle of the vehicle's end that faces the camera."""
    half = .85 if row[0] >= BIKE_A else 2.1
    return project((v.x, v.y - half, 0))


def truth(vehicles):
    """Crossing of the counting line by the contact point, to the millisecond, and the plates."""
    out = []
    for v, row in zip(vehicles, TRAFFIC):
        before, at = None, None
        for t in np.arange(row[2], SECONDS, .002):
            if not place(v, row, t):
                if before is not None:
                    break
                continue
            y = contact(v, row)[1]
            if before is not None and (before - LINE_Y_PX) * (y - LINE_Y_PX) <= 0:
                at = float(t)
                break
            before = y
        text = PlateText(row[6], row[7], row[8])
        out.append({"class": "motorcycle" if row[0] >= BIKE_A else "car", "plate": text.text, "lines": len(row[6]), "colour": row[8],
                    "face": "rear" if row[1] > 0 else "front", "movesInPicture": "up" if row[1] > 0 else "down",
                    "direction": "out" if row[1] > 0 else "in", "crosses_s": round(at, 3) if at else None})
    return out


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--out", default=os.path.join(HERE, "..", "..", "clips"))
    a.add_argument("--samples", type=int, default=2, help="rays along each side of a px")
    a.add_argument("--stills", help="draw only frames at these seconds (by comma), as PNG into --out")
    a.add_argument("--crf", type=int, default=25)
    o = a.parse_args()
    os.makedirs(o.out, exist_ok=True)
    rng = np.random.default_rng(SEED)
    lib = library()
    ground = ground_texture(rng)
    vehicles, keep = fleet(lib, rng)
    camera = (ctypes.c_float * 6)(*EYE, PITCH, FOCAL, YAW)
    sun = (ctypes.c_float * 3)(*SUN)

    grain, empty = rng.normal(0, 1.6, (HEIGHT, WIDTH, 1)).astype(np.float32), None

    def draw(here):
        picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        lib.frame(picture.ctypes.data_as(ctypes.c_void_p), WIDTH, HEIGHT, camera, sun, ground.ctypes.data_as(ctypes.c_void_p), ground.shape[1], ground.shape[0],
                  (Vehicle * max(1, len(here)))(*here), len(here), o.samples, empty)
        return picture

    bare = draw([])
    empty = bare.ctypes.data_as(ctypes.c_void_p)

    def finished(t):
        picture = draw([v for v, row in zip(vehicles, TRAFFIC) if place(v, row, t)])
        noise = np.roll(grain, tuple(rng.integers(0, 700, 2)), (0, 1))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
        cv2.putText(picture, "rendered", (WIDTH - 132, HEIGHT - 14), cv2.FONT_HERSHEY_SIMPLEX, .75, (30, 30, 30), 3, cv2.LINE_AA)
        cv2.putText(picture, "rendered", (WIDTH - 132, HEIGHT - 14), cv2.FONT_HERSHEY_SIMPLEX, .75, (235, 235, 235), 1, cv2.LINE_AA)
        return picture

    if o.stills:
        for s in o.stills.split(","):
            cv2.imwrite(os.path.join(o.out, f"still_{float(s):05.2f}.png"), finished(float(s)))
        return
    path = os.path.join(o.out, "traffic.mp4")
    encoder = subprocess.Popen(["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-",
                                "-c:v", "libx264", "-preset", "medium", "-threads", "1", "-crf", str(o.crf), "-g", str(FPS * 2), "-pix_fmt", "yuv420p", "-movflags", "+faststart", path], stdin=subprocess.PIPE)
    for k in range(FPS * SECONDS):
        encoder.stdin.write(finished(k / FPS).tobytes())
        if k % FPS == 0:
            print(f"{k // FPS} of {SECONDS} s", file=sys.stderr, flush=True)
    encoder.stdin.close()
    if encoder.wait():
        raise SystemExit("ffmpeg could not write the clip")
    content = {"clip": "traffic.mp4", "rendered": True, "frame": [WIDTH, HEIGHT], "fps": FPS, "seconds": SECONDS, "licence": "Apache-2.0",
               "line": {"points": [[0, LINE_Y_PX], [WIDTH, LINE_Y_PX]], "units": "px", "note": "left to right: downwards is in; times are of the ground point below the end facing the camera"},
               "vehicles": truth(vehicles)}
    with open(os.path.join(o.out, "traffic.json"), "w", encoding="utf-8") as f:
        json.dump(content, f, ensure_ascii=False, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
