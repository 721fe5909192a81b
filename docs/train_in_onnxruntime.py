"""Trains iris.onnx in onnxruntime: chainrule export specs/iris.graph --train-step --out iris.onnx"""

import csv
import sys

import numpy as np
import onnxruntime

with open(sys.argv[2], encoding="utf-8") as file:  # specs/data/iris.csv
    flowers = list(csv.DictReader(file))
kinds = sorted({flower["species"] for flower in flowers})
x = np.array([[float(each) for each in list(flower.values())[:4]] for flower in flowers], np.float32)
t = np.array([kinds.index(flower["species"]) for flower in flowers])

quiet = onnxruntime.SessionOptions()
quiet.log_severity_level = 3  # else it says that weights are inputs, which they are meant to be
session = onnxruntime.InferenceSession(sys.argv[1], quiet)
names = [output.name for output in session.get_outputs()]
state: dict[str, np.ndarray] = {}
for step in range(1000):
    rows = np.random.default_rng(step).permutation(len(x))[:30]
    values = dict(zip(names, session.run(None, {"x": x[rows], "t": t[rows], **state}), strict=True))
    state = {name.removeprefix("next "): value for name, value in values.items() if name.startswith("next ")}
    if step % 250 == 249:
        print(f"step {step + 1}: loss {values['loss']:.3f}")
