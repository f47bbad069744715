#!/usr/bin/python3
"""Writes the tiny networks that tests open: fixed outputs, a few hundred bytes each. Needs python3-onnx."""
import os
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, inputs, outputs, nodes, constants=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, [numpy_helper.from_array(v, k) for k, v in constants])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def f32(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


# mean of the picture, three numbers: [1, 3, 1, 1]
write("mean", [f32("images", [1, 3, 16, 16])], [f32("output", [1, 3, 1, 1])],
      [helper.make_node("GlobalAveragePool", ["images"], ["output"])])

# the same with a free size
write("mean_free", [f32("images", [1, 3, "h", "w"])], [f32("output", [1, 3, 1, 1])],
      [helper.make_node("GlobalAveragePool", ["images"], ["output"])])

# fixed boxes, whatever the picture: box + 0 * mean, so that the input is used
def fixed(name, boxes, side=64):
    boxes = np.asarray(boxes, np.float32)
    write(name, [f32("images", [1, 3, side, side])], [f32("output", list(boxes.shape))],
          [helper.make_node("ReduceMean", ["images"], ["mean"], axes=[0, 1, 2, 3], keepdims=0),
           helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
           helper.make_node("Add", ["nothing", "boxes"], ["output"])],
          [("zero", np.float32(0)), ("boxes", boxes)])


# YOLOv8: 2 classes (person, car), 9 columns; two overlapping people, one car over them, one weak
columns = np.zeros((1, 6, 9), np.float32)
columns[0, :, 1] = [32, 16, 16, 16, 0.9, 0.1]
columns[0, :, 3] = [33, 16, 16, 16, 0.8, 0.1]
columns[0, :, 5] = [32, 16, 16, 16, 0.1, 0.7]
columns[0, :, 8] = [60, 60, 20, 20, 0.2, 0.05]
fixed("yolov8", columns)

# YOLOv5: the same boxes as rows with objectness
rows = np.zeros((1, 4, 7), np.float32)
rows[0, 0] = [32, 16, 16, 16, 0.9, 1, 0]
rows[0, 1] = [33, 16, 16, 16, 0.8, 1, 0]
rows[0, 2] = [32, 16, 16, 16, 0.7, 0, 1]
rows[0, 3] = [60, 60, 20, 20, 0.5, 0.4, 0]
fixed("yolov5", rows)

# end to end: corners, score, class; an unused row and a class that nobody listed
rows = np.zeros((1, 5, 6), np.float32)
rows[0, 0] = [24, 8, 40, 24, 0.9, 0]
rows[0, 1] = [24, 8, 40, 24, 0.8, 0]
rows[0, 2] = [24, 8, 40, 24, 0.7, 1]
rows[0, 3] = [1, 1, 9, 9, 0.95, 7]
fixed("end_to_end", rows)

# YOLOX on 64x64: 8*8 + 4*4 + 2*2 = 84 anchors; anchor 64 + 5 is cell (1, 1) of stride 16
rows = np.zeros((1, 84, 7), np.float32)
rows[0, 69] = [0.5, 0.5, np.log(2), np.log(3), 0.9, 0.1, 0.8]
fixed("yolox", rows)

# plates with corners, one turned
columns = np.zeros((1, 13, 4), np.float32)
columns[0, :, 2] = [32, 32, 20, 10, 0.9, 22, 28, 42, 26, 42, 36, 22, 38]
fixed("corners", columns)

# an output whose size follows the picture
write("free_output", [f32("images", [1, 3, 16, 16])], [helper.make_tensor_value_info("output", TensorProto.INT64, [4, "n"])],
      [helper.make_node("NonZero", ["images"], ["output"])])
write("free_boxes", [f32("images", [1, 3, 16, 16])], [f32("output", [4, "n"])],
      [helper.make_node("NonZero", ["images"], ["places"]), helper.make_node("Cast", ["places"], ["output"], to=TensorProto.FLOAT)])
