"""Tests of the plate generator and trainers: python3 -m unittest test_plates (in this folder)."""
import argparse
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import cv2  # noqa: E402
import torch  # noqa: E402

import detect_data  # noqa: E402
import detect_eval  # noqa: E402
import detect_net  # noqa: E402
import plate_data  # noqa: E402
import progress  # noqa: E402
import read_data  # noqa: E402
import read_eval  # noqa: E402
import read_net  # noqa: E402
import train_read  # noqa: E402
from generator import grammar, plate, scene  # noqa: E402
from read_pool import encode  # noqa: E402


def write_set(root, part, rows, has_picture=lambda name: True):
    """Grey pictures of 60x40 and their labels as in the data folder; -> the folder of the pictures."""
    folder = os.path.join(root, "plates", part)
    os.makedirs(folder)
    for row in rows:
        if has_picture(row["image"]):
            cv2.imwrite(os.path.join(folder, row["image"]), np.full((40, 60, 3), 90, np.uint8))
    with open(os.path.join(folder, part + ".jsonl"), "w", encoding="utf-8") as f:
        f.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


class Generator(unittest.TestCase):
    def test_texts_fit_ten_places_and_the_alphabet(self):
        rng = np.random.default_rng(1)
        seen = set()
        for _ in range(4000):
            t = grammar.random_plate(rng)
            self.assertTrue(5 <= len(t.text) <= 10, t)
            self.assertTrue(set(t.text) <= set(grammar.ALPHABET), t)
            self.assertEqual(read_eval.decode(encode(t.text)), t.text)
            seen |= set(t.text)
        self.assertEqual(seen, set(grammar.ALPHABET))

    def test_rare_letters_are_not_rare(self):
        rng = np.random.default_rng(2)
        counts = {c: 0 for c in grammar.ANY}
        for _ in range(6000):
            for c in grammar.random_plate(rng).text:
                if c in counts:
                    counts[c] += 1
        self.assertGreater(min(counts.values()), 60, counts)

    def test_ordinary_texts_follow_the_grammar_where_letters_are_not_drawn_evenly(self):
        rng = np.random.default_rng(3)
        province = r"(?:1[124-9]|[235-7][0-9]|4[013789]|8[0-689]|9[02-57-9])"
        wild = sum(not re.match("^" + province + r"[A-ZĐ][A-ZĐ0-9]?[0-9]{4,6}$|^" + province + "MĐ[1-9][0-9]{5}$", grammar.motorbike(rng, "white").text) for _ in range(500))
        self.assertEqual(wild, 0)

    def test_a_pasted_plate_lies_between_its_corners(self):
        flat = np.full((100, 200, 4), 255, np.uint8)
        picture = np.zeros((120, 160, 3), np.uint8)
        corners = np.float32([[20, 30], [140, 20], [150, 80], [25, 95]])
        scene.paste(picture, flat, corners)
        inside = np.zeros((120, 160), np.uint8)
        cv2.fillConvexPoly(inside, corners.astype(np.int32), 1)
        differ = (picture[..., 0] > 127) != inside.astype(bool)
        self.assertLess(differ.mean(), .02)

    def test_every_kind_of_plate_can_be_drawn(self):
        rng = np.random.default_rng(4)
        for make in (lambda: grammar.car(rng, "yellow"), lambda: grammar.motorbike(rng, "blue"), lambda: grammar.military(rng), lambda: grammar.diplomatic(rng), lambda: grammar.temporary(rng)):
            for _ in range(5):
                self.assertEqual(plate.draw(make(), rng).shape[2], 4)


class Nets(unittest.TestCase):
    def test_the_exported_detector_decodes_as_the_trainer_does_at_any_size(self):
        net = detect_net.PlateDetect().eval()
        x = torch.rand(1, 3, 96, 160)
        with torch.no_grad():
            logits, boxes, corners, _, _ = detect_net.decode(net(x))
            out = detect_net.Exported(net)(x)[0]
        self.assertTrue(torch.allclose(out[4], logits[0].sigmoid(), atol=1e-5))
        self.assertTrue(torch.allclose(out[2], boxes[0, :, 2] - boxes[0, :, 0], atol=1e-3))
        self.assertTrue(torch.allclose(out[5:], corners[0].reshape(-1, 8).T, atol=1e-3))

    def test_probabilities_of_every_place_sum_to_one(self):
        with torch.no_grad():
            chars, colour, lines = read_net.Exported(read_net.PlateRead().eval())(torch.rand(2, 3, 64, 128))
        self.assertEqual((chars.shape, colour.shape, lines.shape), ((2, 10, 34), (2, 5), (2, 2)))
        self.assertTrue(torch.allclose(chars.sum(-1), torch.ones(2, 10), atol=1e-5))

    def test_a_checkpoint_of_another_net_is_refused_in_words(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "last.pt")
            torch.save({"architecture": "street/1", "ema": {}}, path)
            with self.assertRaisesRegex(progress.WrongArchitecture, "street/1, not plate-read/1"):
                progress.load(path, read_net.ARCHITECTURE, read_net.PlateRead())


class BadInput(unittest.TestCase):
    def test_a_missing_data_folder_is_said_in_one_sentence(self):
        done = subprocess.run([sys.executable, os.path.join(HERE, "train_read.py"), "--data", "/nowhere", "--minutes", "0.1"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--data DIR", done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_unusable_pictures_are_skipped_named_and_counted(self):
        with tempfile.TemporaryDirectory() as folder:
            cv2.imwrite(os.path.join(folder, "tiny.png"), np.zeros((1, 1, 3), np.uint8))
            cv2.imwrite(os.path.join(folder, "deep.png"), np.full((40, 60), 30000, np.uint16))
            with open(os.path.join(folder, "torn.jpg"), "wb") as f:
                f.write(b"\xff\xd8\xff\xe0 no picture")
            pictures = plate_data.Pictures(folder)
            self.assertIsNone(pictures.open("tiny.png"))
            self.assertIsNone(pictures.open("torn.jpg"))
            self.assertIsNone(pictures.open("absent.jpg"))
            self.assertEqual(pictures.open("deep.png").shape, (40, 60, 3))
            self.assertEqual(pictures.skipped, ["tiny.png", "torn.jpg", "absent.jpg"])


    def test_mislabelled_crops_are_skipped_named_and_counted(self):
        with tempfile.TemporaryDirectory() as root:
            rows = [{"image": f"ve{i}.png", "text": "37A12345", "lines": 1} | change for i, change in enumerate(
                ({}, {"text": "37A-123.45"}, {"text": "37A12345678"}, {"lines": 3}, {"colour": "pink"}, {"image": "ve9.png"}))]
            folder = write_set(root, "crops", rows, lambda name: name != "ve9.png")
            said = io.StringIO()
            with contextlib.redirect_stderr(said):
                crops = plate_data.crop_set(root, 64, 32)
            self.assertEqual(["ve0.png"], crops["name"])
            self.assertEqual([f"ve{i}.png" for i in (1, 2, 3, 4, 9)], crops["skipped"])
            for name, reason in (("ve1", "37A-123.45"), ("ve2", "10 characters"), ("ve3", "line count 3"), ("ve4", "pink"), ("ve9", "not a usable")):
                self.assertRegex(said.getvalue(), f"{os.path.join(folder, name)}.png: .*{reason}")

    def test_plates_outside_their_scene_are_skipped_named_and_counted(self):
        with tempfile.TemporaryDirectory() as root:
            write_set(root, "scenes", [{"image": f"ve{i}.png", "plates": [{"box": box, "text": None}]} for i, box in enumerate(
                ([5, 5, 20, 10], [50, 5, 40, 10], [5, 5, 0, 10]))])
            with contextlib.redirect_stderr(io.StringIO()):
                found = [detect_data.scenes(root, held) for held in (False, True)]
            self.assertEqual(["ve0.png"], [row[0] for rows, _ in found for row in rows])
            self.assertEqual(["ve1.png", "ve2.png"], sorted(name for _, skipped in found for name in skipped))

    def test_a_set_without_one_usable_plate_is_said(self):
        with tempfile.TemporaryDirectory() as root:
            write_set(root, "crops", [{"image": "ve0.png", "text": "?", "lines": 1}])
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaisesRegex(plate_data.MissingData, "no usable plate .*1 pictures"):
                plate_data.crop_set(root, 64, 32)


class Training(unittest.TestCase):
    def test_a_run_ends_in_time_keeps_its_state_and_goes_on_from_it(self):
        class Zeros(progress.Task):
            """Learns that everything is background, on one picture."""
            architecture, keep, show_every = "zeros/1", .9, 1
            lines = []

            def batch(self):
                return np.full((1, 64, 64, 3), 200, np.uint8), (np.zeros(1, np.float32),)

            def loss(self, out, wanted):
                loss = (out.float().mean() - wanted[0]).square().sum()
                return loss, [loss]

            def line(self, parts):
                self.lines.append(parts[0])
                return "loss"

        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            Zeros.runs, Zeros.weights = folder, os.path.join(folder, "none.pt")
            options = argparse.Namespace(until=None, minutes=.04, fresh=False, decay_share=.5, rate=1.0)
            net = progress.ready(torch.nn.Conv2d(3, 4, 3), 1)
            with unittest.mock.patch.object(progress, "SAVE_EVERY", 0):
                _, step = progress.train(options, net, Zeros())
            self.assertGreater(step, 2)
            self.assertLess(Zeros.lines[-1], Zeros.lines[0])
            self.assertEqual(step, progress.load(os.path.join(folder, "final.pt"), "zeros/1", torch.nn.Conv2d(3, 4, 3)))
            kept = torch.load(os.path.join(folder, "last.pt"))["step"]
            _, further = progress.train(options, progress.ready(torch.nn.Conv2d(3, 4, 3), 1), Zeros())
            self.assertLess(kept, step)
            self.assertGreater(further, kept)
            self.assertIn(f"goes on from {os.path.join(folder, 'last.pt')}, step {kept}", said.getvalue())


class Crops(unittest.TestCase):
    def test_a_plate_seen_from_elsewhere_keeps_all_its_corners_in_sight(self):
        for lines in (1, 2):
            picture = np.zeros((80, 160, 3), np.uint8)
            corners = [(18, 12), (141, 12), (141, 67), (18, 67)]
            for i, c in enumerate(corners):
                cv2.circle(picture, c, 5, [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)][i], -1)
            for seed in range(40):
                x = read_data.stand(picture, lines, np.random.default_rng(seed), hard=True).astype(int)
                r, g, b = x[..., 0] > 60, x[..., 1] > 60, x[..., 2] > 60
                for seen in (r & ~g & ~b, g & ~r & ~b, b & ~r & ~g, r & g & ~b):
                    self.assertGreater(seen.sum(), 4, f"{lines} lines, seed {seed}")

    def test_a_run_without_a_camera_starts_from_nothing_that_saw_it(self):
        with unittest.mock.patch.object(train_read, "Batches"):
            whole = train_read.Reading(argparse.Namespace(data="", batch=1, leave_out=()))
            without = train_read.Reading(argparse.Namespace(data="", batch=1, leave_out=("aqua", "phoc")))
        self.assertTrue(whole.weights)
        self.assertFalse(without.weights)
        self.assertEqual(whole.runs + "-without-aqua-phoc", without.runs)


class Measures(unittest.TestCase):
    def test_a_second_box_on_the_same_plate_is_a_false_alarm(self):
        truth = np.float32([[10, 10, 50, 30]])
        hit = detect_eval.match(np.array([.9, .8]), np.float32([[10, 10, 50, 30], [11, 10, 50, 30]]), truth)
        self.assertEqual(hit.tolist(), [1, 0])

    def test_perfect_confidence_has_no_calibration_error(self):
        self.assertAlmostEqual(read_eval.calibration(np.ones(10), np.ones(10))[0], 0)
        self.assertAlmostEqual(read_eval.calibration(np.full(10, .9), np.zeros(10))[0], .9)


if __name__ == "__main__":
    unittest.main()
