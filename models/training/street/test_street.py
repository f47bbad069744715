"""python3 -m unittest street.test_street (from models/training): the parts whose faults would not show in training."""
import argparse
import contextlib
import datetime
import io
import json
import pathlib
import tempfile
import unittest

import cv2
import numpy as np
import onnx
import torch

from common import deadline
from common.optimiser import orthogonalise
from common.precision import average_precision, match
from street import judge
from street.augment import Samples
from street.dataset import CLASSES, DataError, Store, require_all_classes
from street.loss import assign
from street.net import Deployed, Street, decode, grid
from street.quantise import calibrate, to_onnx
from street.train import load


def folder_with(pictures, annotations):
    """A data folder like the real one: pictures {name: bytes or pixels}."""
    root = pathlib.Path(tempfile.mkdtemp())
    (root / "detection/train").mkdir(parents=True)
    images = []
    for number, (name, pixels) in enumerate(pictures.items(), 1):
        path = root / "detection/train" / name
        if isinstance(pixels, bytes):
            path.write_bytes(pixels)
            height, width = 64, 64
        else:
            cv2.imwrite(str(path), pixels)
            height, width = pixels.shape[:2]
        images.append(dict(id=number, file_name=name, width=width, height=height, human_categories=[1, 3]))
    (root / "detection/train.json").write_text(json.dumps(dict(images=images, annotations=annotations)))
    return root


def annotation(number, image, category, box, **more):
    return dict(id=number, image_id=image, category_id=category, bbox=box, **more)


class Deadline(unittest.TestCase):
    def test_a_time_that_says_nothing_is_refused_before_any_work(self):
        parser = argparse.ArgumentParser()
        deadline.add_arguments(parser, minutes=90.0)
        for words in (["--until", "25:99"], ["--until", "soon"], ["--minutes", "-3"], ["--minutes", "0"], ["--minutes", "nan"], ["--minutes", "abc"]):
            with self.subTest(words), contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit):
                parser.parse_args(words)
            self.assertIn("HH:MM" if words[0] == "--until" else "above 0", said.getvalue())

    def test_a_time_of_day_that_is_past_is_tomorrows(self):
        parser = argparse.ArgumentParser()
        deadline.add_arguments(parser, minutes=90.0)
        now = datetime.datetime.now()
        end = deadline.end_of(parser.parse_args(["--until", (now - datetime.timedelta(minutes=2)).strftime("%H:%M")]))
        self.assertGreater(end, now.timestamp() + 23 * 3600)


class Data(unittest.TestCase):
    def test_bad_pictures_are_skipped_named_and_counted(self):
        good = np.full((50, 80, 3), 90, np.uint8)
        root = folder_with(
            {"coco_1.jpg": good, "coco_2.jpg": b"no picture", "coco_3.jpg": good, "coco_4.jpg": good},
            [annotation(1, 1, 1, [5, 5, 20, 20]), annotation(2, 3, 1, [70, 5, 60, 20]), annotation(3, 4, 9, [5, 5, 9, 9])])
        said = []
        store = Store(root, "train", root / "cache", said.append)
        self.assertEqual(["coco_1.jpg"], [picture.name for picture in store.pictures])
        self.assertIn("3 skipped", said[-1])
        for name, reason in (("coco_2", "not a readable"), ("coco_3", "outside"), ("coco_4", "unknown category 9")):
            self.assertTrue(any(name in line and reason in line for line in said), said)

    def test_a_missing_folder_says_where_it_is_expected(self):
        with self.assertRaisesRegex(DataError, "expected .*train.json.*--data"):
            Store("/nowhere", "train", tempfile.mkdtemp(), print)

    def test_an_empty_class_is_named(self):
        root = folder_with({"coco_1.jpg": np.zeros((40, 40, 3), np.uint8)}, [annotation(1, 1, 1, [1, 1, 20, 20])])
        with self.assertRaisesRegex(DataError, "bicycle, car"):
            require_all_classes(Store(root, "train", root / "cache", print).pictures)

    def test_a_checkpoint_of_another_architecture_is_refused(self):
        path = pathlib.Path(tempfile.mkdtemp()) / "last.pt"
        torch.save(dict(architecture="other-9"), path)
        with self.assertRaisesRegex(DataError, "other-9"):
            load(path, "cpu")

    def test_a_rider_box_keeps_its_lower_part_and_masks_the_whole(self):
        root = folder_with({"vnjunc_1.jpg": np.zeros((100, 100, 3), np.uint8)},
                           [annotation(1, 1, 4, [10, 20, 30, 40], label_source="human, two-wheeler box with rider")])
        picture = Store(root, "train", root / "cache", print).pictures[0]
        np.testing.assert_allclose([[10, 30, 40, 60]], picture.boxes)
        np.testing.assert_allclose([[3, 10, 20, 40, 60]], picture.ignore)

    def test_samples_keep_objects_inside_the_canvas(self):
        pixels = np.random.default_rng(1).integers(0, 255, (60, 90, 3), np.uint8)
        root = folder_with({"coco_1.jpg": pixels}, [annotation(1, 1, 3, [10, 10, 50, 30])])
        store = Store(root, "train", root / "cache", print)
        _, objects, weights = next(iter(Samples(store, store.pictures, 128, 16, 0.5, 1)))
        self.assertGreater(len(objects), 8)
        self.assertTrue((objects[:, 2:6] >= 0).all() and (objects[:, 2:6] <= 128).all())
        self.assertTrue((objects[:, 4:6] > objects[:, 2:4]).all())
        self.assertLess(weights[:, CLASSES.index("truck")].mean(), weights[:, CLASSES.index("person")].mean())


class Network(unittest.TestCase):
    def test_the_exported_form_equals_the_training_form(self):
        model, x = Street().eval(), torch.rand(1, 3, 64, 96)
        with torch.no_grad():
            found = Deployed(model).eval()(x)[0].T
            logits, boxes = decode(model(x), *grid(64, 96))
        torch.testing.assert_close(found[:, 4:], logits[0].sigmoid())
        torch.testing.assert_close(found[:, :2], (boxes[0, :, :2] + boxes[0, :, 2:]) / 2)
        torch.testing.assert_close(found[:, 2:4], boxes[0, :, 2:] - boxes[0, :, :2], rtol=1e-4, atol=1e-3)

    def test_eight_bits_say_nearly_the_same_and_weights_are_stored_as_integers(self):
        torch.manual_seed(3)
        street = Street().eval()
        pictures = [np.random.default_rng(i).integers(0, 256, (60, 90, 3), np.uint8) for i in range(4)]
        x = torch.from_numpy(judge.letterbox(pictures[0], 96)[0][..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255
        with torch.no_grad():
            wanted = Deployed(street)(x)
            rounded = calibrate(street, pictures, 96)
            found = Deployed(rounded)(x)
        self.assertLess(float((found - wanted)[:, :4].abs().mean()), 0.01 * 96)
        self.assertLess(float((found - wanted)[:, 4:].abs().max()), 0.01)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rounded.onnx"
            to_onnx(rounded, path, 96, 96)
            kinds = [(one.data_type, len(one.dims)) for one in onnx.load(str(path)).graph.initializer]
        self.assertEqual(39, kinds.count((onnx.TensorProto.INT8, 4)))
        self.assertEqual(7, kinds.count((onnx.TensorProto.FLOAT, 4)))      # the first one, and two of each head

    def test_a_place_learns_one_object_of_its_own_picture(self):
        points, strides = grid(64, 64)
        boxes = torch.cat([points - 12, points + 12], 1)[None].repeat(2, 1, 1)
        objects = torch.tensor([[0, 2, 8, 8, 40, 40, 1.], [0, 3, 20, 20, 50, 50, 1.], [1, 2, 8, 8, 40, 40, 1.]])
        picture, place, owner, quality = assign(torch.full((2, len(points), 6), 0.1), boxes, points, strides, objects)
        keys = list(zip(picture.tolist(), place.tolist()))
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual({0, 1, 2}, set(owner.tolist()))
        self.assertTrue(((quality > 0) & (quality <= 1)).all())

    def test_orthogonalise_brings_singular_values_near_one(self):
        values = np.linalg.svd(orthogonalise(torch.randn(24, 90)).numpy(), compute_uv=False)
        self.assertTrue((values > 0.6).all() and (values < 1.3).all(), values)


class Counting(unittest.TestCase):
    def test_a_detection_in_an_ignore_region_does_not_count(self):
        truth = np.array([[0, 0, 10, 10], [50, 50, 100, 100.]])
        found = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [60, 60, 70, 70], [20, 20, 30, 30.]])
        order, result = match(found, np.array([.9, .8, .7, .6]), truth, np.array([False, True]), 0.5)
        self.assertEqual([1, 0, -1, 0], result[np.argsort(order)].tolist())

    def test_average_precision_of_a_known_curve(self):
        self.assertAlmostEqual(0.5 + 0.5 * 2 / 3, average_precision(np.array([.9, .8, .7]), np.array([1, 0, 1]), 2))
        self.assertEqual(0.0, average_precision(np.array([]), np.array([]), 3))

    def test_a_letterbox_lies_top_left(self):
        canvas, scale = judge.letterbox(np.zeros((20, 40, 3), np.uint8), 64)
        self.assertEqual(1.6, scale)
        self.assertTrue((canvas[:32] == 0).all() and (canvas[32:] == 114).all())


if __name__ == "__main__":
    unittest.main()
