"""What light, lens, sensor and codec do to a picture of a plate. Pictures are BGR uint8."""
import cv2
import numpy as np


def light(image, rng):
    """Exposure, gamma, colour cast, a shadow edge and glare."""
    h, w = image.shape[:2]
    x = image.astype(np.float32) / 255
    x = np.power(x, np.exp(rng.normal(0, 0.25)))
    x *= np.array([rng.normal(1, .07), rng.normal(1, .03), rng.normal(1, .07)], np.float32) * np.clip(np.exp(rng.normal(-.12, .3)), .3, 1.35)
    if rng.random() < 0.3:                                   # a shadow with a soft straight edge
        a = rng.uniform(0, 2 * np.pi)
        yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
        d = (xx / w - rng.uniform(.2, .8)) * np.cos(a) + (yy / h - rng.uniform(.2, .8)) * np.sin(a)
        x *= (1 - rng.uniform(.3, .7) / (1 + np.exp(-d * rng.uniform(8, 60))))[..., None]
    if rng.random() < 0.15:                                  # headlight or sun glare
        yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
        r2 = ((xx / w - rng.uniform(-.1, 1.1)) ** 2 + (yy / h - rng.uniform(-.1, 1.1)) ** 2) / rng.uniform(.02, .3)
        x += (rng.uniform(.2, .8) * np.exp(-r2))[..., None]
    return np.clip(x * 255, 0, 255).astype(np.uint8)


def infrared(image, rng):
    """Night picture by infrared light: grey, the retro-reflective ground burnt out."""
    g = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    g = np.clip(g * rng.uniform(.8, 1.5) + rng.normal(0, 12), 0, 255)
    return cv2.cvtColor(g.astype(np.uint8), cv2.COLOR_GRAY2BGR)


def blur(image, rng, strength=1.0):
    """Defocus, or motion along a line; `strength` about the height of a character in tenths."""
    roll = rng.random()
    if roll < 0.35:
        return cv2.GaussianBlur(image, (0, 0), max(0.2, abs(rng.normal(0, .6)) * strength))
    if roll < 0.6:
        n = int(np.clip(abs(rng.normal(0, 2.5)) * strength, 2, 9))
        k = np.zeros((n, n), np.float32)
        a = rng.uniform(0, np.pi) if rng.random() < .5 else 0
        c = (n - 1) / 2
        cv2.line(k, (int(round(c - c * np.cos(a))), int(round(c - c * np.sin(a)))), (int(round(c + c * np.cos(a))), int(round(c + c * np.sin(a)))), 1)
        return cv2.filter2D(image, -1, k / k.sum())
    return image


def sensor(image, rng):
    """Noise, sharpening halos, rain streaks."""
    if rng.random() < 0.6:
        n = rng.normal(0, abs(rng.normal(0, 7)) + .5, image.shape if rng.random() < .5 else image.shape[:2] + (1,))
        image = np.clip(image + n, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        soft = cv2.GaussianBlur(image, (0, 0), 1.2)
        image = cv2.addWeighted(image, 1.8, soft, -.8, 0)
    if rng.random() < 0.05:
        h, w = image.shape[:2]
        over = image.copy()
        for _ in range(int(rng.integers(4, 20))):
            x, y, l = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(.1, .4) * h
            cv2.line(over, (int(x), int(y)), (int(x + l * .15), int(y + l)), (215, 215, 215), 1, cv2.LINE_AA)
        image = cv2.addWeighted(image, .6, over, .4, 0)
    return image


def codec(image, rng):
    """Compression: JPEG at a random quality, sometimes twice with a shifted grid as H.264 blocks look."""
    if rng.random() < 0.75:
        q = int(np.clip(rng.normal(60, 22), 22, 95))
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, q])[1], 1)
    return image
