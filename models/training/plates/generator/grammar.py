"""Plate texts by kind, with their layout. All numbers are invented at random.

Letters are drawn evenly over the whole alphabet in a good share of the plates, so that rare ones (Đ, Q, R, Z) are learnt."""
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHKLMNPQRSTUVXYZĐ"
LETTERS = "ABCDEFGHKLMNPSTUVXYZ"
SECOND = LETTERS + "R"
BLUE = "ABCDEFGHKLM"
ANY = ALPHABET[10:]
CODES = [c for c in range(11, 100) if c not in (13, 42, 44, 45, 46, 87, 91, 96)]
COLOURS = ("white", "yellow", "blue", "red", "unknown")
SPECIAL = ("LD", "DA", "KT", "HC", "MK", "CD", "RM", "TĐ", "R")


@dataclass(frozen=True)
class PlateText:
    """What is printed: `rows` with separators, plate size in millimetres, colour; `red_letters` marks letters printed red."""
    rows: tuple
    size_mm: tuple
    colour: str
    red_letters: str = ""

    @property
    def text(self):
        return "".join(c for row in self.rows for c in row if c in ALPHABET)


LONG, SHORT, BIKE, OLD_LONG, OLD_SHORT = (520, 110), (330, 165), (190, 140), (470, 110), (280, 200)


def _digits(rng, n):
    return "".join(rng.choice(list("0123456789"), n))


def _number(rng, five, dot=True):
    if not five:
        return _digits(rng, 4)
    d = _digits(rng, 5)
    return d[:3] + "." + d[3:] if dot else d


def _code(rng):
    return str(rng.choice(CODES))


def _pick(rng, letters, even=0.25):
    """One letter of a series; now and then any letter of the alphabet."""
    return str(rng.choice(list(ANY if rng.random() < even else letters)))


def car(rng, colour):
    letters = BLUE if colour == "blue" else LETTERS
    series = _pick(rng, letters)
    if colour == "white" and rng.random() < 0.25:
        series = str(rng.choice(SPECIAL))
    five = rng.random() < 0.75
    number = _number(rng, five, dot=rng.random() < 0.95)
    code = _code(rng)
    if rng.random() < 0.5:
        return PlateText((code + series + "-" + number,), LONG if rng.random() < 0.7 else OLD_LONG, colour)
    dash = "-" if rng.random() < 0.25 else ""
    size = (SHORT if rng.random() < 0.6 else OLD_SHORT)
    return PlateText((code + dash + series, number), size, colour)


def motorbike(rng, colour):
    code, roll = _code(rng), rng.random()
    if colour == "blue":
        series = _pick(rng, BLUE) + str(rng.integers(1, 10))
    elif roll < 0.2:
        series = "MĐ" + str(rng.integers(1, 10))
    elif roll < 0.42:
        series = _pick(rng, LETTERS) + _pick(rng, SECOND)
    elif roll < 0.48:
        series = str(rng.choice(SPECIAL))
    else:
        series = _pick(rng, LETTERS + "R") + str(rng.integers(1, 10))
    five = rng.random() < 0.68 or series.startswith("MĐ")
    dash = "-" if rng.random() < 0.85 else ""
    return PlateText((code + dash + series, _number(rng, five, dot=rng.random() < 0.93)), BIKE if rng.random() < 0.9 else OLD_SHORT, colour)


def military(rng):
    pair = _pick(rng, ANY, 1) + _pick(rng, ANY, 1)
    if rng.random() < 0.5:
        pair = str(rng.choice(["TM", "TC", "TH", "KA", "KB", "QA", "QH", "BB", "BC", "HQ", "QP", "AD", "KP", "KC", "BH", "TT", "PQ", "QK", "DB"]))
    d = _digits(rng, 4)
    if rng.random() < 0.05:
        d = _digits(rng, 5)
    if rng.random() < 0.6:
        return PlateText((pair + "-" + d[:2] + "-" + d[2:],), LONG, "red")
    return PlateText((pair, d[:2] + "-" + d[2:]), SHORT if rng.random() < 0.6 else BIKE, "red")


def diplomatic(rng):
    code, country = _code(rng), _digits(rng, 3)
    letters = str(rng.choice(["NG", "QT", "CV", "NN"]))
    tail = _digits(rng, int(rng.integers(2, 4)))
    red = letters if letters in ("NG", "QT") else ""
    roll = rng.random()
    if roll < 0.45:
        return PlateText((f"{code}-{country}-{letters}-{tail[:2]}",), LONG, "white", red)
    if roll < 0.6:
        return PlateText((f"{code}-{letters}-{country}-{tail[:2]}",), LONG, "white", red)
    return PlateText((f"{code}-{country}", f"{letters}-{tail}"), SHORT if rng.random() < 0.5 else BIKE, "white", red)


def temporary(rng):
    body = _digits(rng, int(rng.integers(5, 7)))
    return PlateText((f"T{_code(rng)}", body[:3] + "." + body[3:]), SHORT if rng.random() < 0.5 else BIKE, "white")


def random_plate(rng):
    """A plate of any kind, colours and layouts in the shares the reader needs (not the shares of the road)."""
    roll = rng.random()
    if roll < 0.36:
        return car(rng, str(rng.choice(["white", "yellow", "blue"], p=[0.5, 0.3, 0.2])))
    if roll < 0.84:
        return motorbike(rng, str(rng.choice(["white", "blue", "yellow"], p=[0.84, 0.12, 0.04])))
    if roll < 0.93:
        return military(rng)
    return diplomatic(rng) if roll < 0.98 else temporary(rng)
