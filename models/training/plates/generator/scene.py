"""Places a flat plate in a picture under a known perspective."""
import cv2
import numpy as np


def random_pose(rng, w, h, width_px, hard=1.0):
    """Corners (4x2, px, centred on 0; top-left, top-right, bottom-right, bottom-left) of a w x h plate turned in space."""
    yaw = np.radians(np.clip(rng.normal(0, 20 * hard), -58, 58))
    pitch = np.radians(np.clip(rng.normal(0, 13 * hard), -40, 40))
    roll = np.radians(np.clip(rng.normal(0, 6 * hard), -25, 25))
    p = np.array([[-.5, -.5 * h / w, 0], [.5, -.5 * h / w, 0], [.5, .5 * h / w, 0], [-.5, .5 * h / w, 0]])
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    m = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    q = p @ m.T
    z = 1 + q[:, 2] / rng.uniform(2.5, 9)
    q = q[:, :2] / z[:, None]
    if rng.random() < 0.3:
        q[:, 0] += q[:, 1] * rng.normal(0, .12)
    return (q * width_px).astype(np.float32)


def bend(plate, rng):
    """A plate bowed about a vertical or horizontal axis (a shift of columns or rows)."""
    h, w = plate.shape[:2]
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    a = rng.normal(0, .045)
    u = xx / w - rng.uniform(.3, .7)
    my = yy + a * w * .5 * u * u * 2
    return cv2.remap(plate, xx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0))


def paste(background, plate, corners):
    """Draws the BGRA plate into `background` (in place) so that its corners fall on `corners` (4x2 px)."""
    h, w = plate.shape[:2]
    side = max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]), 4)
    if w > 2.2 * side:                                      # shrink first, so that warping does not alias
        s = 1.6 * side / w
        plate = cv2.resize(plate, (max(4, int(w * s)), max(4, int(h * s))), interpolation=cv2.INTER_AREA)
        h, w = plate.shape[:2]
    m = cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]) - .5, corners.astype(np.float32) - .5)
    x0, y0 = np.floor(corners.min(0)).astype(int) - 1
    x1, y1 = np.ceil(corners.max(0)).astype(int) + 2
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, background.shape[1]), min(y1, background.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    m = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]]) @ m
    warped = cv2.warpPerspective(plate, m, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0))
    a = warped[..., 3:].astype(np.float32) / 255
    roi = background[y0:y1, x0:x1]
    roi[:] = (roi * (1 - a) + warped[..., :3] * a).astype(np.uint8)
